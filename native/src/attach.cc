#include "attach.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "failure.h"
#include "libbpf_log.h"

namespace tapio {
namespace {

// enum bpf_attach_type of Linux 6.6; older headers do not know them.
constexpr int kTcxIngress = 46;
constexpr int kTcxEgress = 47;

int InterfaceIndex(const std::string& name) {
  unsigned index = if_nametoindex(name.c_str());
  if (index == 0) throw Failure("find network interface " + name, errno);
  return static_cast<int>(index);
}

std::unique_ptr<Link> Adopt(bpf_link* link, const std::string& operation, const LibbpfLog& log) {
  if (link == nullptr) throw Failure(operation, errno, log.Text());
  return std::make_unique<LibbpfLink>(link);
}

std::unique_ptr<Link> AttachCgroup(bpf_program* program, const AttachOptions& options, const LibbpfLog& log) {
  UniqueFd cgroup(
      Check(open(options.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open cgroup " + options.path));
  return Adopt(bpf_program__attach_cgroup(program, cgroup.get()), "attach to cgroup " + options.path, log);
}

std::unique_ptr<Link> AttachSocketFilter(bpf_program* program, const AttachOptions& options) {
  UniqueFd packets(
      Check(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "open a packet socket"));
  int fd = bpf_program__fd(program);
  Check(setsockopt(packets.get(), SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)), "attach a socket filter");
  // Bound to a protocol only now: no packet passes unfiltered.
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  if (!options.interface.empty()) address.sll_ifindex = InterfaceIndex(options.interface);
  Check(bind(packets.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), "bind a packet socket");
  return std::make_unique<SocketLink>(std::move(packets));
}

std::unique_ptr<Link> AttachTc(bpf_program* program, const AttachOptions& options) {
  int index = InterfaceIndex(options.interface);
  auto point = static_cast<bpf_attach_type>(options.egress ? kTcxEgress : kTcxIngress);
  int fd = bpf_link_create(bpf_program__fd(program), index, point, nullptr);
  if (fd >= 0) return std::make_unique<FdLink>(UniqueFd(fd));
  if (errno != EINVAL && errno != EOPNOTSUPP) throw Failure("attach to " + options.interface, errno);
  return std::make_unique<ClsactLink>(index, options.egress, bpf_program__fd(program));
}

std::unique_ptr<Link> AttachXdp(bpf_program* program, const AttachOptions& options) {
  bpf_link_create_opts create = {};
  create.sz = sizeof(create);
  create.flags = options.generic ? XDP_FLAGS_SKB_MODE : 0;
  int fd = bpf_link_create(bpf_program__fd(program), InterfaceIndex(options.interface), BPF_XDP, &create);
  Check(fd, "attach XDP to " + options.interface);
  return std::make_unique<FdLink>(UniqueFd(fd));
}

std::unique_ptr<Link> AttachPerfEvent(bpf_program* program, const AttachOptions& options,
                                      const LibbpfLog& log) {
  perf_event_attr event = {};
  event.size = sizeof(event);
  event.type = PERF_TYPE_SOFTWARE;
  event.config = PERF_COUNT_SW_CPU_CLOCK;
  event.freq = 1;
  event.sample_freq = options.frequency_hz;
  std::vector<std::unique_ptr<Link>> links;
  int cpus = Check(libbpf_num_possible_cpus(), "count CPUs");
  for (int cpu = 0; cpu < cpus; ++cpu) {
    int fd = static_cast<int>(syscall(SYS_perf_event_open, &event, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC));
    // A possible CPU that is offline.
    if (fd < 0 && errno == ENODEV) continue;
    UniqueFd sampler(Check(fd, "open a sampling event on CPU " + std::to_string(cpu)));
    links.push_back(Adopt(bpf_program__attach_perf_event(program, sampler.get()), "attach a sampler", log));
    // The link closes the event from here on.
    sampler.Release();
  }
  return std::make_unique<LinkGroup>(std::move(links));
}

std::unique_ptr<Link> AttachUprobe(bpf_program* program, const AttachOptions& options, const LibbpfLog& log) {
  bpf_uprobe_opts probe = {};
  probe.sz = sizeof(probe);
  probe.retprobe = options.on_return;
  if (!options.symbol.empty()) probe.func_name = options.symbol.c_str();
  bpf_link* link =
      bpf_program__attach_uprobe_opts(program, options.pid, options.path.c_str(), options.offset, &probe);
  return Adopt(link, "attach a uprobe to " + options.path, log);
}

}  // namespace

std::unique_ptr<Link> Attach(bpf_program* program, const AttachOptions& options) {
  LibbpfLog log;
  if (options.kind == "cgroup") return AttachCgroup(program, options, log);
  if (options.kind == "socket_filter") return AttachSocketFilter(program, options);
  if (options.kind == "tc") return AttachTc(program, options);
  if (options.kind == "xdp") return AttachXdp(program, options);
  if (options.kind == "perf_event") return AttachPerfEvent(program, options, log);
  if (options.kind == "uprobe") return AttachUprobe(program, options, log);
  return Adopt(bpf_program__attach(program), std::string("attach program ") + bpf_program__name(program),
               log);
}

}  // namespace tapio
