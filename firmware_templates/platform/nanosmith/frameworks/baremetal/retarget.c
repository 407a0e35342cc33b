/* What newlib asks for when an application uses stdio: output goes to the serial line; there is no heap. */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "uart.h"

int _close(int file);
int _fstat(int file, struct stat *status);
int _getpid(void);
int _isatty(int file);
int _kill(int process, int signal);
int _lseek(int file, int offset, int whence);
int _read(int file, char *bytes, int length);
int _write(int file, const char *bytes, int length);
void *_sbrk(ptrdiff_t increment);
void _exit(int status);

int _write(int file, const char *bytes, int length)
{
    (void)file;
    if (length > 0) {
        uart_write(bytes, (size_t)length);
    }
    return length;
}

/* No heap: everything that a firmware needs is static or on the stack. */
void *_sbrk(ptrdiff_t increment)
{
    (void)increment;
    errno = ENOMEM;
    return (void *)-1;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

int _close(int file)
{
    (void)file;
    return -1;
}

int _getpid(void)
{
    return 1;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

int _kill(int process, int signal)
{
    (void)process;
    (void)signal;
    errno = EINVAL;
    return -1;
}

int _lseek(int file, int offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return 0;
}

int _read(int file, char *bytes, int length)
{
    (void)file;
    (void)bytes;
    (void)length;
    return 0;
}

void _exit(int status)
{
    static const char line[] = "@ns exit\n";

    (void)status;
    uart_write(line, sizeof line - 1u);
    for (;;) {
    }
}
