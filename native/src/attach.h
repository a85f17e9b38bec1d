#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bpf_link.h"

namespace tapio {

struct AttachOptions {
  // "auto", "cgroup", "socket_filter", "tc", "xdp", "perf_event", "uprobe"
  std::string kind = "auto";
  std::string path;       // cgroup directory, or the binary of a uprobe
  std::string interface;  // socket_filter (empty: all), tc, xdp
  bool egress = false;    // tc
  bool generic = false;   // xdp: in the stack rather than in the driver
  uint64_t frequency_hz = 0;
  std::string symbol;
  uint64_t offset = 0;
  int pid = -1;
  bool on_return = false;
};

std::unique_ptr<Link> Attach(bpf_program* program, const AttachOptions& options);

}  // namespace tapio
