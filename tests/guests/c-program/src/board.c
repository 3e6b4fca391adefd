#include "board.h"

static const int8_t KNIGHT_STEPS[8] = {-33, -31, -18, -14, 14, 18, 31, 33};
/* Queen and king; the first four are the rook's, the others the bishop's. */
static const int8_t STEPS[8] = {-16, -1, 1, 16, -17, -15, 15, 17};

static bool is_on_board(int square) { return !(square & 0x88); }

static enum colour colour_of(uint8_t piece) { return piece & BLACK_PIECE ? BLACK : WHITE; }

static int forward(enum colour side) { return side == WHITE ? 16 : -16; }

static bool holds(const struct board *board, int square, enum piece kind, enum colour colour) {
    return is_on_board(square) && board->squares[square] == (kind | (colour == BLACK ? BLACK_PIECE : 0));
}

static bool is_attacked(const struct board *board, int square, enum colour by) {
    int behind = square - forward(by);
    if (holds(board, behind - 1, PAWN, by) || holds(board, behind + 1, PAWN, by)) return true;
    for (size_t i = 0; i < 8; i++) {
        if (holds(board, square + KNIGHT_STEPS[i], KNIGHT, by) || holds(board, square + STEPS[i], KING, by)) return true;
        int to = square + STEPS[i];
        while (is_on_board(to) && board->squares[to] == EMPTY) to += STEPS[i];
        if (holds(board, to, QUEEN, by) || holds(board, to, i < 4 ? ROOK : BISHOP, by)) return true;
    }
    return false;
}

struct move_list {
    struct move *moves;
    size_t length;
};

static void add(struct move_list *list, int from, int to, enum piece promotion) {
    list->moves[list->length++] = (struct move){(uint8_t)from, (uint8_t)to, (uint8_t)promotion};
}

static void add_pawn_move(struct move_list *list, int from, int to) {
    bool promotes = to >> 4 == 0 || to >> 4 == 7;
    if (!promotes) add(list, from, to, EMPTY);
    for (enum piece piece = KNIGHT; promotes && piece <= QUEEN; piece++) add(list, from, to, piece);
}

static void pawn_moves(const struct board *board, struct move_list *list, int from) {
    enum colour side = board->side;
    int ahead = from + forward(side);
    if (board->squares[ahead] == EMPTY) {
        add_pawn_move(list, from, ahead);
        bool is_at_home = from >> 4 == (side == WHITE ? 1 : 6);
        if (is_at_home && board->squares[ahead + forward(side)] == EMPTY) add(list, from, ahead + forward(side), EMPTY);
    }
    for (int to = ahead - 1; to <= ahead + 1; to += 2) {
        if (!is_on_board(to)) continue;
        uint8_t target = board->squares[to];
        if ((target && colour_of(target) != side) || to == board->en_passant) add_pawn_move(list, from, to);
    }
}

static void piece_moves(const struct board *board, struct move_list *list, int from, const int8_t *steps, size_t count,
                        bool slides) {
    for (size_t i = 0; i < count; i++) {
        for (int to = from + steps[i]; is_on_board(to); to += steps[i]) {
            uint8_t target = board->squares[to];
            if (!target || colour_of(target) != board->side) add(list, from, to, EMPTY);
            if (target || !slides) break;
        }
    }
}

static void castling_moves(const struct board *board, struct move_list *list) {
    enum colour side = board->side, other = !side;
    int king = board->king[side];
    uint8_t rights = side == WHITE ? board->castling : board->castling >> 2;
    const uint8_t *at = board->squares + king;
    if (!(rights & (WHITE_SHORT | WHITE_LONG)) || is_attacked(board, king, other)) return;
    if (rights & WHITE_SHORT && !at[1] && !at[2] && !is_attacked(board, king + 1, other)) add(list, king, king + 2, EMPTY);
    if (rights & WHITE_LONG && !at[-1] && !at[-2] && !at[-3] && !is_attacked(board, king - 1, other)) {
        add(list, king, king - 2, EMPTY);
    }
}

size_t board_moves(const struct board *board, struct move moves[MAX_MOVES]) {
    struct move_list list = {moves, 0};
    for (int from = 0; from < 128; from++) {
        uint8_t piece = is_on_board(from) ? board->squares[from] : EMPTY;
        if (!piece || colour_of(piece) != board->side) continue;
        switch (piece & KIND) {
        case PAWN: pawn_moves(board, &list, from); break;
        case KNIGHT: piece_moves(board, &list, from, KNIGHT_STEPS, 8, false); break;
        case BISHOP: piece_moves(board, &list, from, STEPS + 4, 4, true); break;
        case ROOK: piece_moves(board, &list, from, STEPS, 4, true); break;
        case QUEEN: piece_moves(board, &list, from, STEPS, 8, true); break;
        case KING: piece_moves(board, &list, from, STEPS, 8, false); break;
        }
    }
    castling_moves(board, &list);
    return list.length;
}

/* What is left of castling rights when a piece leaves or takes `square`. */
static uint8_t rights_after(int square) {
    switch (square) {
    case 0x00: return (uint8_t)~WHITE_LONG;
    case 0x04: return (uint8_t)~(WHITE_SHORT | WHITE_LONG);
    case 0x07: return (uint8_t)~WHITE_SHORT;
    case 0x70: return (uint8_t)~BLACK_LONG;
    case 0x74: return (uint8_t)~(BLACK_SHORT | BLACK_LONG);
    case 0x77: return (uint8_t)~BLACK_SHORT;
    default: return 0xff;
    }
}

bool board_make(struct board *board, struct move move) {
    enum colour side = board->side;
    uint8_t *squares = board->squares;
    uint8_t piece = squares[move.from];
    squares[move.from] = EMPTY;
    squares[move.to] = move.promotion ? (piece & BLACK_PIECE) | move.promotion : piece;
    if ((piece & KIND) == PAWN && move.to == board->en_passant) squares[move.to - forward(side)] = EMPTY;
    bool is_double_step = (piece & KIND) == PAWN && move.to - move.from == 2 * forward(side);
    board->en_passant = is_double_step ? (uint8_t)(move.from + forward(side)) : NO_SQUARE;
    if ((piece & KIND) == KING) {
        board->king[side] = move.to;
        if (move.to == move.from + 2) {
            squares[move.to - 1] = squares[move.to + 1];
            squares[move.to + 1] = EMPTY;
        } else if (move.to == move.from - 2) {
            squares[move.to + 1] = squares[move.to - 2];
            squares[move.to - 2] = EMPTY;
        }
    }
    board->castling &= rights_after(move.from) & rights_after(move.to);
    board->side = !side;
    return !is_attacked(board, board->king[side], !side);
}

/* The index of `character` in `set`, or -1. */
static int index_of(const char *set, char character) {
    for (int i = 0; set[i]; i++) {
        if (set[i] == character) return i;
    }
    return -1;
}

bool board_parse(struct board *board, const char *text, size_t length) {
    static const char PIECES[] = " PNBRQK  pnbrqk";
    *board = (struct board){.king = {NO_SQUARE, NO_SQUARE}, .en_passant = NO_SQUARE};
    size_t at = 0;
    int square = 0x70;
    for (; at < length && text[at] != ' '; at++) {
        char character = text[at];
        if (character == '/') {
            square = (square & 0x70) - 0x10;
        } else if (character >= '1' && character <= '8') {
            square += character - '0';
        } else {
            int piece = index_of(PIECES, character);
            if (piece < 0 || square < 0 || !is_on_board(square)) return false;
            if ((piece & KIND) == KING) board->king[colour_of((uint8_t)piece)] = (uint8_t)square;
            board->squares[square++] = (uint8_t)piece;
        }
    }
    if (length - at < 4 || !is_on_board(board->king[WHITE]) || !is_on_board(board->king[BLACK])) return false;
    board->side = text[at + 1] == 'b' ? BLACK : WHITE;
    for (at += 3; at < length && text[at] != ' '; at++) {
        int right = index_of("KQkq", text[at]);
        if (right >= 0) board->castling |= (uint8_t)(1 << right);
    }
    if (at + 2 < length && text[at + 1] != '-') board->en_passant = (uint8_t)((text[at + 2] - '1') * 16 + text[at + 1] - 'a');
    return true;
}
