/* The file `streams.bin` of the include path as constant words. */
    .section .rodata
    .global stream_words
    .balign 4
stream_words:
    .incbin "streams.bin"
#ifndef __arm__
    .section .note.GNU-stack, "", %progbits
#endif
