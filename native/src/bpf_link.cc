#include "bpf_link.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "failure.h"

namespace tapio {

int Link::fd() const {
  throw Failure("use a kernel link, which this kind of attachment has not", EOPNOTSUPP);
}

void Link::Pin(const std::string& path) {
  throw Failure("pin an attachment that has no kernel link at " + path, EOPNOTSUPP);
}

std::unique_ptr<Link> LibbpfLink::OpenPinned(const std::string& path) {
  bpf_link* link = bpf_link__open(path.c_str());
  if (link == nullptr) throw Failure("open the link pinned at " + path, errno);
  return std::make_unique<LibbpfLink>(link);
}

void LibbpfLink::Pin(const std::string& path) {
  // Not bpf_link__pin: it would remember the path, and a link may be pinned at several.
  Check(bpf_obj_pin(fd(), path.c_str()), "pin a link at " + path);
}

void FdLink::Pin(const std::string& path) {
  Check(bpf_obj_pin(fd_.get(), path.c_str()), "pin a link at " + path);
}

ClsactLink::ClsactLink(int interface_index, bool egress, int program_fd) {
  hook_.sz = sizeof(hook_);
  hook_.ifindex = interface_index;
  hook_.attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
  int result = bpf_tc_hook_create(&hook_);
  if (result < 0 && result != -EEXIST) throw Failure("create the clsact qdisc", -result);
  bpf_tc_opts options = {};
  options.sz = sizeof(options);
  options.prog_fd = program_fd;
  result = bpf_tc_attach(&hook_, &options);
  if (result < 0) throw Failure("attach to clsact", -result);
  handle_ = options.handle;
  priority_ = options.priority;
}

ClsactLink::~ClsactLink() {
  bpf_tc_opts options = {};
  options.sz = sizeof(options);
  options.handle = handle_;
  options.priority = priority_;
  // The qdisc stays: others may use it.
  bpf_tc_detach(&hook_, &options);
}

IteratorOutput ReadIterator(const Link& link, size_t limit) {
  UniqueFd iterator(Check(bpf_iter_create(link.fd()), "create an iterator"));
  IteratorOutput output;
  constexpr size_t kChunk = 64 * 1024;
  while (true) {
    size_t used = output.bytes.size();
    output.bytes.resize(used + kChunk);
    ssize_t got = read(iterator.get(), output.bytes.data() + used, kChunk);
    int error = errno;
    output.bytes.resize(used + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && (error == EINTR || error == EAGAIN)) continue;
    if (got < 0) throw Failure("read an iterator", error);
    if (got == 0) return output;
    if (output.bytes.size() > limit) {
      output.bytes.resize(limit);
      output.truncated = true;
      return output;
    }
  }
}

}  // namespace tapio
