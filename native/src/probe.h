#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tapio {

struct ProgramSupport {
  std::string type;
  // 1: works, 0: does not, negative: -errno of the attempt to find out.
  int result;
};

struct ProbeReport {
  std::string kernel_release;
  bool btf = false;
  bool bpffs = false;
  // "none", "integrity", "confidentiality", or "unknown" where securityfs is not mounted.
  std::string lockdown;
  // "unified", "hybrid", "legacy" or "none"
  std::string cgroup_mode;
  int possible_cpus = 0;
  long page_bytes = 0;
  std::vector<std::pair<std::string, bool>> capabilities;
  std::vector<ProgramSupport> programs;
};

ProbeReport Probe();

// Boot and wall clock, read together: the wall clock was `real_ns` when the boot clock was `boot_ns`,
// give or take `error_ns`.
struct ClockPair {
  uint64_t boot_ns;
  uint64_t real_ns;
  uint64_t error_ns;
};
ClockPair ReadClocks();

bool IsBpffs(const std::string& path);
void MountBpffs(const std::string& path);
void UnmountBpffs(const std::string& path);

}  // namespace tapio
