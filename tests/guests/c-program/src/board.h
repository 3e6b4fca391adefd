/* A chess position and its moves. Squares are numbered 16 * rank + file, so that `square & 0x88` tells what is off the
 * board. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum piece { EMPTY, PAWN, KNIGHT, BISHOP, ROOK, QUEEN, KING };
enum colour { WHITE, BLACK };
enum { NO_SQUARE = 0x88, MAX_MOVES = 256 };

/* A square holds a piece, plus BLACK_PIECE if it is black. */
enum { KIND = 7, BLACK_PIECE = 8 };

/* Bits of `castling`. */
enum { WHITE_SHORT = 1, WHITE_LONG = 2, BLACK_SHORT = 4, BLACK_LONG = 8 };

struct board {
    uint8_t squares[128];
    uint8_t king[2];
    uint8_t castling;
    uint8_t en_passant; /* the square a pawn has just passed, or NO_SQUARE */
    uint8_t side;
};

struct move {
    uint8_t from, to;
    uint8_t promotion; /* EMPTY unless a pawn arrives */
};

/* Parses the first four fields of Forsyth-Edwards notation; false if there is no such position. */
bool board_parse(struct board *board, const char *text, size_t length);

/* All pseudo-legal moves of the side to move; returns their number. */
size_t board_moves(const struct board *board, struct move moves[MAX_MOVES]);

/* Makes a pseudo-legal move; false if it leaves the own king in check. */
bool board_make(struct board *board, struct move move);

#endif
