#include "ns_sums.h"

#include "ns_integer_math.h"

#include <string.h>

void ns_sums_begin(ns_sums *sums, uint32_t bits)
{
    const uint32_t exponent = ns_exponent_of(bits);

    memset(sums, 0, sizeof *sums);
    sums->exponent = (uint16_t)(exponent < NS_FIXED_LEAST ? NS_FIXED_LEAST : exponent);
    sums->first = ns_fixed(bits, sums->exponent);
}

int32_t ns_widened(int32_t value, uint32_t digits)
{
    return digits > 25 ? 0 : ns_fixed_shifted(value, digits);
}

uint64_t ns_coarser_u64(uint64_t value, uint32_t digits)
{
    return digits > 63 ? 0 : value >> digits;
}

int64_t ns_coarser_i64(int64_t value, uint32_t digits)
{
    return value < 0 ? -(int64_t)ns_coarser_u64((uint64_t)-value, digits)
                     : (int64_t)ns_coarser_u64((uint64_t)value, digits);
}

static void coarsen_by(ns_sums *sums, uint32_t digits)
{
    const uint64_t squares = ns_coarser_u64(ns_get_u64(sums->squares), 2 * digits);

    sums->sum = (int32_t)ns_coarser_i64(sums->sum, digits);
    sums->squares[0] = (uint32_t)squares;
    sums->squares[1] = (uint32_t)(squares >> 32);
}

uint32_t ns_sums_widen(ns_sums *sums, uint32_t exponent)
{
    const uint32_t digits = exponent - sums->exponent;
    uint32_t coarser = 0;

    sums->exponent = (uint16_t)exponent;
    sums->first = ns_widened(sums->first, digits);
    if (digits <= sums->shift) {
        sums->shift = (uint16_t)(sums->shift - digits);
    } else {
        coarser = digits - sums->shift;
        sums->shift = 0;
        coarsen_by(sums, coarser);
    }
    return coarser;
}

uint32_t ns_sums_coarsen(ns_sums *sums, int32_t difference)
{
    const uint32_t shift = ns_bits_u32((uint32_t)(difference < 0 ? -difference : difference)) - NS_SUMS_DIGITS;
    const uint32_t coarser = shift - sums->shift;

    sums->shift = (uint16_t)shift;
    coarsen_by(sums, coarser);
    return coarser;
}

uint64_t ns_sums_spread(const ns_sums *sums, uint32_t count)
{
    const uint64_t all = ns_get_u64(sums->squares) * count;
    const int64_t sum = sums->sum;
    const uint64_t square = (uint64_t)(sum * sum);

    return all > square ? all - square : 0;
}
