"""How many CPU threads one model may use: more than the cores there are makes it 3 to 4 times
slower.

Figures: CTranslate2 docs/performance.md asks for inter_threads x intra_threads <= physical cores.
"""

import os
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_CGROUP_V2 = Path("/sys/fs/cgroup/cpu.max")


def model_threads(configured: int, workers: int) -> int:
    """`configured` threads, or (0) a share of the cores among `workers`; at least 1."""
    return configured or max(1, usable_cores() // max(workers, 1))


def usable_cores() -> int:
    """Least of physical cores, cores this process is bound to, and its container's CPU quota."""
    # Only Linux tells which cores a process is bound to.
    known = hasattr(os, "sched_getaffinity")
    bound = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    cpuinfo = _read(_CPUINFO)
    physical = physical_cores(cpuinfo) or bound
    quota = cgroup_quota(_read(_CGROUP_V2)) or bound
    return max(1, min(bound, physical, quota))


def physical_cores(cpuinfo: str) -> int:
    """Distinct (package, core) pairs in the text of /proc/cpuinfo; 0 where it does not tell."""
    cores: set[tuple[str, str]] = set()
    for block in cpuinfo.split("\n\n"):
        lines = (line.partition(":") for line in block.splitlines())
        fields = {key.strip(): value.strip() for key, _, value in lines}
        if "core id" in fields:
            cores.add((fields.get("physical id", ""), fields["core id"]))
    return len(cores)


def cgroup_quota(cpu_max: str) -> int:
    """Whole cores in the text of cgroup v2's cpu.max («150000 100000» is 1); 0 where unlimited."""
    parts = cpu_max.split()
    if len(parts) != 2 or not all(part.isdigit() for part in parts) or int(parts[1]) == 0:
        return 0
    return max(1, int(parts[0]) // int(parts[1]))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
