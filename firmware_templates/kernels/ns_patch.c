#include "ns_patch.h"

#if !NS_DSP
/* One tap of both positions. */
static inline void store_both(int16_t *to, int32_t x0, int32_t x1)
{
    const uint32_t word = (uint32_t)x0 + ((uint32_t)x1 << 16);
    memcpy(__builtin_assume_aligned(to, 4), &word, sizeof word);
}
#endif

void ns_patch_widen(const int8_t *from, uint32_t count, int16_t *patch, uint32_t lane, uint32_t tap, uint32_t taps)
{
#if NS_DSP
    if ((tap & 3u) == 0) {
        int16_t *to = patch + tap * 2 + lane * 2;
        for (; count >= 4; count -= 4) {
            const int32_t word = ns_load_word(from);
            const int32_t even = ns_even_bytes(word);
            const int32_t odd = ns_odd_bytes(word);
            memcpy(__builtin_assume_aligned(to, 4), &even, sizeof even);
            memcpy(__builtin_assume_aligned(to + 4, 4), &odd, sizeof odd);
            from += 4;
            to += 8;
            tap += 4;
        }
    }
#endif
#if NS_DSP
    for (; count > 0; count--) {
        patch[ns_patch_index(lane, tap++, taps)] = *from++;
    }
#else
    int16_t *to = patch + ns_patch_index(0, tap, taps);
    if (lane == 0) {
        for (; count > 0; count--) {
            *to = *from++;
            to += 2;
        }
        return;
    }
    for (; count > 0; count--) {
        to[1] = (int16_t)(*from++ + (to[0] >> 15));
        to += 2;
    }
#endif
}

void ns_patch_widen_both(const int8_t *from0, const int8_t *from1, uint32_t count, int16_t *patch, uint32_t tap,
                         uint32_t taps)
{
#if NS_DSP
    ns_patch_widen(from0, count, patch, 0, tap, taps);
    ns_patch_widen(from1, count, patch, 1, tap, taps);
#else
    int16_t *to = patch + ns_patch_index(0, tap, taps);
    for (; count >= 4; count -= 4) {
        store_both(to, from0[0], from1[0]);
        store_both(to + 2, from0[1], from1[1]);
        store_both(to + 4, from0[2], from1[2]);
        store_both(to + 6, from0[3], from1[3]);
        from0 += 4;
        from1 += 4;
        to += 8;
    }
    for (; count > 0; count--) {
        store_both(to, *from0++, *from1++);
        to += 2;
    }
#endif
}

void ns_patch_fill(int8_t value, uint32_t count, int16_t *patch, uint32_t lane, uint32_t tap, uint32_t taps)
{
    for (; count > 0; count--) {
#if NS_DSP
        patch[ns_patch_index(lane, tap++, taps)] = value;
#else
        int16_t *to = patch + ns_patch_index(0, tap++, taps);
        to[lane] = (int16_t)(lane == 0 ? value : value + (to[0] >> 15));
#endif
    }
}
