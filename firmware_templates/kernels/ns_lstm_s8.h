/* LSTM over a sequence: int8 inputs and outputs, int16 gates and cell, as TensorFlow Lite Micro computes it
 * (EvalLstm: each gate adds two dense layers that are scaled and limited to int16 apart; sigmoid and tanh interpolate in
 * one table). Output and cell of the last step are kept by the caller and are where the next run goes on. */
#ifndef NS_LSTM_S8_H
#define NS_LSTM_S8_H

#include <stdint.h>

/* One of a gate's two dense layers. */
typedef struct {
    const int8_t *weights; /* [rows][taps], or [rows / 4][taps / 4][4 rows][4 taps]; filled up with zeros */
    const int32_t *bias;   /* [rows]; the input's zero point is folded in */
    int32_t multiplier;
    int8_t shift;
    uint8_t narrow; /* 1: all accumulators are below 2**30 and the shift is below 0 */
} ns_lstm_dense;

typedef struct {
    ns_lstm_dense fed;  /* on the input */
    ns_lstm_dense kept; /* on the last output */
} ns_lstm_gate;

typedef struct {
    ns_lstm_gate input_gate;
    ns_lstm_gate forget_gate;
    ns_lstm_gate cell_gate;
    ns_lstm_gate output_gate;
    const uint16_t *sigmoid; /* [256], of i / 24 in Q0.16 */
    int32_t output_multiplier;
    int16_t cell_limit; /* the cell stays within +- this */
    uint16_t steps;
    uint16_t inputs;
    uint16_t units;
    uint16_t rows;           /* units, rounded up to a multiple of 4; also the taps of the recurrent layers */
    uint16_t input_taps;     /* inputs, rounded up to a multiple of 4 */
    uint8_t blocked;         /* 1: weights in blocks of four rows and taps, for all cores but those with vectors */
    int8_t output_shift;
    int8_t output_zero_point;
    int8_t update_shift;     /* input * candidate: halved, then this many bits to the right */
    int8_t tanh_factor;      /* of the cell, in front of the table */
    int8_t tanh_shift;       /* bits to the right after it */
} ns_lstm_s8;

/* input [steps][inputs], output [steps][units]. state [units] is the last output, cell [units] the last cell. scratch
 * has room for 3 * rows int16, then input_taps and rows int8, then the same as int16. */
void ns_lstm_s8_run(const ns_lstm_s8 *layer, const int8_t *input, int8_t *output, int8_t *state, int16_t *cell,
                    int16_t *scratch);

#endif
