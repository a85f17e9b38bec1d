#include "probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "failure.h"
#include "libbpf_log.h"
#include "unique_fd.h"

namespace tapio {
namespace {

constexpr std::pair<const char*, int> kCapabilities[] = {
    {"CAP_DAC_READ_SEARCH", 2}, {"CAP_NET_ADMIN", 12}, {"CAP_NET_RAW", 13},
    {"CAP_SYS_PTRACE", 19},     {"CAP_SYS_ADMIN", 21}, {"CAP_SYS_RESOURCE", 24},
    {"CAP_SYSLOG", 34},         {"CAP_PERFMON", 38},   {"CAP_BPF", 39}};

constexpr std::pair<const char*, bpf_prog_type> kPrograms[] = {
    {"raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT},
    {"tracepoint", BPF_PROG_TYPE_TRACEPOINT},
    {"kprobe", BPF_PROG_TYPE_KPROBE},
    {"perf_event", BPF_PROG_TYPE_PERF_EVENT},
    {"socket_filter", BPF_PROG_TYPE_SOCKET_FILTER},
    {"cgroup_skb", BPF_PROG_TYPE_CGROUP_SKB},
    {"cgroup_sock_addr", BPF_PROG_TYPE_CGROUP_SOCK_ADDR},
    {"sock_ops", BPF_PROG_TYPE_SOCK_OPS},
    {"sched_cls", BPF_PROG_TYPE_SCHED_CLS},
    {"xdp", BPF_PROG_TYPE_XDP}};

// Programs that name what they trace in BTF: the kernel may allow one attach type and refuse another.
struct BtfProgram {
  const char* name;
  bpf_prog_type type;
  bpf_attach_type attach;
  const char* target;
};
constexpr BtfProgram kBtfPrograms[] = {
    {"tp_btf", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "sched_process_exec"},
    {"fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "do_exit"},
    {"iter", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, "task"},
    {"lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "file_open"}};

long MagicOf(const char* path) {
  struct statfs status = {};
  return statfs(path, &status) == 0 ? static_cast<long>(status.f_type) : 0;
}

std::string ReadLockdown() {
  std::ifstream file("/sys/kernel/security/lockdown");
  std::string word;
  // "none [integrity] confidentiality": the brackets mark the one in force.
  while (file >> word) {
    if (word.size() > 2 && word.front() == '[') return word.substr(1, word.size() - 2);
  }
  return "unknown";
}

uint64_t EffectiveCapabilities() {
  std::ifstream file("/proc/self/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("CapEff:")) return strtoull(line.c_str() + 7, nullptr, 16);
  }
  return 0;
}

std::string CgroupMode() {
  if (MagicOf("/sys/fs/cgroup") == CGROUP2_SUPER_MAGIC) return "unified";
  if (MagicOf("/sys/fs/cgroup/unified") == CGROUP2_SUPER_MAGIC) return "hybrid";
  return MagicOf("/sys/fs/cgroup/memory") == CGROUP_SUPER_MAGIC ? "legacy" : "none";
}

int TryBtfProgram(const BtfProgram& program) {
  int id = libbpf_find_vmlinux_btf_id(program.target, program.attach);
  if (id < 0) return 0;
  // r0 = 0; exit
  const bpf_insn instructions[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                                   {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_prog_load_opts options = {};
  options.sz = sizeof(options);
  options.expected_attach_type = program.attach;
  options.attach_btf_id = static_cast<uint32_t>(id);
  UniqueFd loaded(bpf_prog_load(program.type, "tapio_probe", "GPL", instructions, 2, &options));
  if (!loaded.valid()) return 0;
  // Lockdown and architectures refuse trampolines only when one is needed.
  if (program.attach != BPF_TRACE_RAW_TP && program.attach != BPF_TRACE_FENTRY) return 1;
  UniqueFd attached(bpf_raw_tracepoint_open(nullptr, loaded.get()));
  return attached.valid() ? 1 : 0;
}

uint64_t Now(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000ULL + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

ProbeReport Probe() {
  LibbpfLog quiet;
  ProbeReport report;
  utsname name = {};
  uname(&name);
  report.kernel_release = name.release;
  report.btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  report.bpffs = IsBpffs("/sys/fs/bpf");
  report.lockdown = ReadLockdown();
  report.cgroup_mode = CgroupMode();
  report.possible_cpus = libbpf_num_possible_cpus();
  report.page_bytes = sysconf(_SC_PAGESIZE);
  uint64_t effective = EffectiveCapabilities();
  for (auto [capability, bit] : kCapabilities)
    report.capabilities.emplace_back(capability, (effective >> bit) & 1);
  for (const BtfProgram& program : kBtfPrograms)
    report.programs.push_back({program.name, TryBtfProgram(program)});
  for (auto [type, number] : kPrograms)
    report.programs.push_back({type, libbpf_probe_bpf_prog_type(number, nullptr)});
  return report;
}

ClockPair ReadClocks() {
  ClockPair best{0, 0, UINT64_MAX};
  // The tightest of a few readings: the others were interrupted.
  for (int i = 0; i < 16; ++i) {
    uint64_t before = Now(CLOCK_BOOTTIME);
    uint64_t real = Now(CLOCK_REALTIME);
    uint64_t after = Now(CLOCK_BOOTTIME);
    uint64_t error = (after - before + 1) / 2;
    if (error < best.error_ns) best = {before + (after - before) / 2, real, error};
  }
  return best;
}

bool IsBpffs(const std::string& path) { return MagicOf(path.c_str()) == BPF_FS_MAGIC; }

void MountBpffs(const std::string& path) {
  Check(mount("bpf", path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"),
        "mount a bpffs at " + path);
}

void UnmountBpffs(const std::string& path) {
  Check(umount2(path.c_str(), 0), "unmount the bpffs at " + path);
}

}  // namespace tapio
