"""The system calls that untrusted code may not make, as a program for the kernel's filter.

The kernel's surface is cut where no training, compiler or emulator was seen to need it. Fails closed: a rule that the
installed libseccomp does not know is an error, except for those that are newer than it may be.
"""

import errno
import stat
import tempfile
from functools import cache

from nanosmith.tools.errors import ToolMissing

_REMEDY = "sudo apt-get install libseccomp2; pip install pyseccomp"

_FORBIDDEN = (
    "socket",  # every family: IP, unix, abstract, vsock, netlink, packet, alg; socketpair stays
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "perf_event_open", "userfaultfd",
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_by_handle_at", "name_to_handle_at",
    "fsopen", "fsmount", "fsconfig", "fspick", "move_mount", "open_tree",
    "memfd_create", "shmget", "semget", "msgget", "mq_open",  # memory that no limit of ours counts
    "add_key", "keyctl", "request_key",  # the session keyring is not part of any namespace
    "bpf", "kexec_load", "init_module", "finit_module", "delete_module", "reboot", "swapon", "swapoff", "acct",
    "syslog", "quotactl", "fanotify_init", "lookup_dcookie", "vhangup", "settimeofday", "clock_settime",
)  # fmt: skip
_UNKNOWN = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")
"""Answered with ENOSYS, so that programs fall back: clone3 hides its flags behind a pointer."""

_NEWER = (
    "mount_setattr", "memfd_secret", "process_madvise", "quotactl_fd", "open_tree_attr", "listmount", "statmount",
    "kexec_file_load", "iopl", "ioperm", "modify_ldt",
)  # fmt: skip
"""Forbidden where this libseccomp, or this processor, has them."""

_CLONE_NEW = (0x00000080, 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET."""

_FORBIDDEN_ARGUMENTS = (
    *(("clone", 0, flag, flag) for flag in _CLONE_NEW),
    *(("ioctl", 1, 0xFFFFFFFF, request) for request in (0x5412, 0x541C)),  # TIOCSTI, TIOCLINUX: type for the user
    *(("mknod", 1, 0o170000, kind) for kind in (stat.S_IFCHR, stat.S_IFBLK)),
    *(("mknodat", 2, 0o170000, kind) for kind in (stat.S_IFCHR, stat.S_IFBLK)),
)
"""Call, position of the argument, mask, value."""


@cache
def seccomp_filter() -> bytes:
    """The filter as `struct sock_filter[]`; any other architecture's calls kill the process.

    Raises:
        ToolMissing: pyseccomp or libseccomp is not there, or does not know a rule.

    """
    try:
        import pyseccomp as seccomp
    except (ImportError, RuntimeError, OSError) as error:
        raise ToolMissing("libseccomp", needed_for="the sandbox", remedy=_REMEDY) from error
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    try:
        rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
        for name in _FORBIDDEN:
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
        for name in _UNKNOWN:
            rules.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
        for name, position, mask, value in _FORBIDDEN_ARGUMENTS:
            match = seccomp.Arg(position, seccomp.MASKED_EQ, mask, value)
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name, match)
    except (OSError, ValueError, TypeError) as error:
        raise ToolMissing("a newer libseccomp", needed_for="the sandbox", remedy=_REMEDY) from error
    for name in _NEWER:
        if seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) >= 0:
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
    with tempfile.TemporaryFile() as exported:
        rules.export_bpf(exported)
        exported.seek(0)
        return exported.read()
