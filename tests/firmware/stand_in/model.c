#include "model.h"
void model_run(uint8_t *arena, const int8_t *input, int8_t *output)
{
    (void)arena;
    for (int c = 0; c < 3; c++) {
        int32_t sum = 0;
        for (int r = 0; r < 8; r++) {
            sum += input[3 * r + c] * (r + 1);
        }
        output[c] = (int8_t)(sum >> 6);
    }
}
