/* Counts the positions that can be reached from a chess position in a given number of moves ("perft"). The counts of
 * well-known positions are published, which makes this a test with an answer: www.chessprogramming.org/Perft_Results.
 *
 * Input: depth (u64), position in Forsyth-Edwards notation. Public output: the number of positions (u64). */
#include "board.h"
#include "zkvm.h"

static uint64_t perft(const struct board *board, uint64_t depth) {
    struct move moves[MAX_MOVES];
    if (depth == 0) return 1;
    uint64_t positions = 0;
    size_t count = board_moves(board, moves);
    for (size_t i = 0; i < count; i++) {
        struct board next = *board;
        if (board_make(&next, moves[i])) positions += perft(&next, depth - 1);
    }
    return positions;
}

int main(void) {
    const uint8_t *input;
    size_t size;
    read_input(&input, &size);
    uint64_t depth = 0;
    if (size < sizeof depth) return 1;
    for (size_t i = 0; i < sizeof depth; i++) depth |= (uint64_t)input[i] << (8 * i);

    struct board board;
    if (!board_parse(&board, (const char *)input + sizeof depth, size - sizeof depth)) return 2;
    uint64_t positions = perft(&board, depth);

    uint8_t output[sizeof positions];
    for (size_t i = 0; i < sizeof output; i++) output[i] = (uint8_t)(positions >> (8 * i));
    write_output(output, sizeof output);
    return 0;
}
