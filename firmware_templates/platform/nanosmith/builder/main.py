"""Build script that PlatformIO runs inside SCons: compiler, flags and the targets `buildprog`, `size`, `upload`."""

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
cpu_flags = board.get("build.cpu_flags")

env.Replace(
    AR="arm-none-eabi-gcc-ar",
    AS="arm-none-eabi-as",
    CC="arm-none-eabi-gcc",
    CXX="arm-none-eabi-g++",
    LINK="arm-none-eabi-gcc",
    RANLIB="arm-none-eabi-gcc-ranlib",
    SIZETOOL="arm-none-eabi-size",
    OBJCOPY="arm-none-eabi-objcopy",
    ARFLAGS=["rcs"],
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
    SIZEPRINTCMD="$SIZETOOL -A $SOURCES",
)

# -mcpu and -mfloat-abi go to compiler and linker alike: `build_flags` of a project never reach the linker.
env.Append(
    ASPPFLAGS=[*cpu_flags],
    CCFLAGS=[
        *cpu_flags, "-O2", "-g0", "-ffunction-sections", "-fdata-sections", "-fno-common", "-ffp-contract=off",
        "-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-fomit-frame-pointer",
        "-ffile-prefix-map=" + env.subst("$PROJECT_DIR") + "=.",
    ],
    LINKFLAGS=[*cpu_flags, "-Wl,--gc-sections", "-Wl,--build-id=none", '-Wl,-Map="$BUILD_DIR/firmware.map"'],
    LIBS=["c", "gcc"],
)  # fmt: skip
env.ProcessUnFlags("-Os")

firmware = env.BuildProgram()
AlwaysBuild(env.Alias("nobuild", firmware))
AlwaysBuild(env.Alias("size", firmware, env.VerboseAction("$SIZEPRINTCMD", "Sizes of $SOURCE")))

machine = board.get("build.machine", "")
if machine:
    run = f'qemu-system-arm -M {machine} -nographic -monitor none -serial stdio -kernel "$SOURCE"'
    AlwaysBuild(env.Alias("upload", firmware, env.VerboseAction(run, f"Running $SOURCE on {machine} (Ctrl-C ends it)")))

Default([firmware])
