#include "ns_integer_math.h"

#include <float.h>
#include <string.h>

#define FIRST_BIT 0x80000000u
#define FLOAT_BIAS 127
#define MANTISSA_BITS 0x007FFFFFu
#define IMPLIED_BIT 0x00800000u

/* log2(1 + i / 64) - i / 64 and 1 + i / 64 - 2^(i / 64), in 2^-19. */
static const uint16_t log_bulge[65] = {
    0, 3535, 6891, 10074, 13088, 15938, 18630, 21167, 23554, 25795, 27894, 29855, 31681, 33377, 34945, 36389,
    37711, 38915, 40004, 40981, 41847, 42607, 43261, 43814, 44266, 44621, 44881, 45047, 45121, 45106, 45004,
    44816, 44545, 44191, 43757, 43244, 42654, 41988, 41249, 40436, 39552, 38598, 37576, 36486, 35330, 34110,
    32826, 31479, 30070, 28602, 27074, 25488, 23845, 22146, 20391, 18582, 16720, 14805, 12838, 10821, 8754,
    6637, 4472, 2260, 0,
};
static const uint16_t exp_bulge[65] = {
    0, 2483, 4904, 7261, 9556, 11786, 13951, 16051, 18084, 20050, 21948, 23778, 25539, 27229, 28849, 30397,
    31873, 33276, 34604, 35858, 37037, 38139, 39164, 40111, 40979, 41767, 42474, 43100, 43644, 44104, 44481,
    44772, 44977, 45095, 45125, 45066, 44918, 44678, 44347, 43923, 43405, 42793, 42084, 41279, 40375, 39373,
    38270, 37066, 35760, 34351, 32837, 31217, 29490, 27655, 25712, 23657, 21492, 19213, 16820, 14313, 11688,
    8946, 6085, 3103, 0,
};

uint32_t ns_bits_u32(uint32_t value)
{
    static const uint8_t of_four[16] = {0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4};
    uint32_t bits = 0;

    if (value >> 16 != 0) {
        value >>= 16;
        bits = 16;
    }
    if (value >> 8 != 0) {
        value >>= 8;
        bits += 8;
    }
    if (value >> 4 != 0) {
        value >>= 4;
        bits += 4;
    }
    return bits + of_four[value];
}

uint64_t ns_size_i64(int64_t value)
{
    return value < 0 ? (uint64_t)-value : (uint64_t)value;
}

ns_scaled ns_scaled_of(uint64_t value, int32_t exponent)
{
    const uint32_t high = (uint32_t)(value >> 32);
    ns_scaled made = {0, 0};

    if (value == 0) {
        return made;
    }
    if (high == 0) {
        const uint32_t shift = 32 - ns_bits_u32((uint32_t)value);

        made.mantissa = (uint32_t)value << shift;
        made.exponent = exponent - (int32_t)shift;
    } else {
        const uint32_t shift = ns_bits_u32(high);

        made.mantissa = (uint32_t)(value >> shift);
        made.exponent = exponent + (int32_t)shift;
    }
    return made;
}

ns_scaled ns_scaled_sum(ns_scaled a, ns_scaled b)
{
    ns_scaled sum = b;
    int32_t below;

    if (a.mantissa == 0) {
        return b;
    }
    if (b.mantissa == 0) {
        return a;
    }
    if (a.exponent > b.exponent) {
        sum = a;
        a = b;
    }
    below = sum.exponent - a.exponent;
    a.mantissa = below < 32 ? a.mantissa >> below : 0;
    sum.mantissa += a.mantissa;
    if (sum.mantissa < a.mantissa) {
        sum.mantissa = FIRST_BIT | (sum.mantissa >> 1);
        sum.exponent++;
    }
    return sum;
}

ns_scaled ns_scaled_product(ns_scaled a, ns_scaled b)
{
    return ns_scaled_of((uint64_t)a.mantissa * b.mantissa, a.exponent + b.exponent);
}

ns_scaled ns_scaled_share(ns_scaled value, uint32_t share_q16)
{
    const uint64_t high = (uint64_t)((value.mantissa >> 16) * share_q16) << 16;

    return ns_scaled_of(high + (value.mantissa & 0xFFFFu) * share_q16, value.exponent - 16);
}

int64_t ns_share_i64(int64_t value, ns_scaled share)
{
    const uint64_t size = ns_size_i64(value);
    const uint64_t high = (size >> 32) * share.mantissa;
    const uint64_t low = (size & UINT32_MAX) * share.mantissa;
    int64_t part;

    if (share.exponent == -31) { /* all of it */
        return value;
    }
    part = (int64_t)((high + (low >> 32)) >> (-32 - share.exponent));
    return value < 0 ? -part : part;
}

/* Linear between neighbors of the table: `place` has 6 digits for the table and 16 for the way to the next. */
static int32_t bulge_at(const uint16_t *bulge, uint32_t place)
{
    const uint32_t index = place >> 16;
    const int32_t slope = (int32_t)bulge[index + 1] - (int32_t)bulge[index];

    return (int32_t)bulge[index] + slope * (int32_t)(place & 0xFFFFu) / 65536;
}

int32_t ns_log2_q16(ns_scaled value)
{
    const uint32_t fraction = value.mantissa << 1;
    const int32_t q19 = (int32_t)(fraction >> 13) + bulge_at(log_bulge, fraction >> 10);

    return (value.exponent + 31) * 65536 + (q19 + 4) / 8;
}

ns_scaled ns_exp2_q16(int32_t value_q16)
{
    const uint32_t fraction = (uint32_t)value_q16 & 0xFFFFu;
    const uint32_t bulge = (uint32_t)bulge_at(exp_bulge, fraction << 6);
    const ns_scaled power = {(FIRST_BIT | (fraction << 15)) - (bulge << 12),
                             (value_q16 - (int32_t)fraction) / 65536 - 31};

    return power;
}

ns_scaled ns_scaled_root(ns_scaled value)
{
    return value.mantissa == 0 ? value : ns_exp2_q16(ns_log2_q16(value) / 2);
}

static float float_of(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float ns_scaled_to_float(ns_scaled value)
{
    const int32_t exponent = value.exponent + 31 + FLOAT_BIAS;

    if (value.mantissa == 0 || exponent < 1) {
        return 0.0f;
    }
    if (exponent > 2 * FLOAT_BIAS) {
        return FLT_MAX;
    }
    return float_of(((uint32_t)exponent << 23) | ((value.mantissa >> 8) & MANTISSA_BITS));
}

float ns_fixed_to_float(int64_t value, int32_t exponent)
{
    const float size = ns_scaled_to_float(ns_scaled_of(ns_size_i64(value), exponent));

    return value < 0 ? -size : size;
}

ns_scaled ns_scaled_from_float(float value)
{
    const uint32_t bits = bits_of(value);
    ns_scaled made = {0, 0};

    if (bits >= IMPLIED_BIT && bits < FIRST_BIT) {
        made.mantissa = ((bits & MANTISSA_BITS) | IMPLIED_BIT) << 8;
        made.exponent = (int32_t)(bits >> 23) - FLOAT_BIAS - 31;
    }
    return made;
}

float ns_q16_to_float(int32_t value_q16)
{
    const float whole = (float)value_q16;

    return value_q16 == 0 ? 0.0f : float_of(bits_of(whole) - (16u << 23));
}

int32_t ns_float_to_q16(float value)
{
    const uint32_t bits = bits_of(value);
    const int32_t exponent = (int32_t)((bits >> 23) & 0xFFu) - FLOAT_BIAS;
    const uint32_t mantissa = (bits & MANTISSA_BITS) | IMPLIED_BIT;
    int32_t magnitude;

    if (exponent < -16) {
        return 0;
    }
    if (exponent > 13) {
        magnitude = INT32_C(0x3FFFFFFF);
    } else {
        magnitude = (int32_t)(exponent >= 7 ? mantissa << (exponent - 7) : mantissa >> (7 - exponent));
    }
    return (bits & FIRST_BIT) != 0 ? -magnitude : magnitude;
}
