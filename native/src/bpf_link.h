#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace tapio {

// What keeps a program attached. Closing it detaches the program, unless it is pinned.
class Link {
 public:
  virtual ~Link() = default;
  // The descriptor of the kernel's link object; throws where the kind has none.
  virtual int fd() const;
  virtual void Pin(const std::string& path);
};

class LibbpfLink : public Link {
 public:
  explicit LibbpfLink(bpf_link* link) : link_(link) {}
  ~LibbpfLink() override { bpf_link__destroy(link_); }
  static std::unique_ptr<Link> OpenPinned(const std::string& path);

  int fd() const override { return bpf_link__fd(link_); }
  void Pin(const std::string& path) override;

 private:
  bpf_link* link_;
};

class FdLink : public Link {
 public:
  explicit FdLink(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const override { return fd_.get(); }
  void Pin(const std::string& path) override;

 private:
  UniqueFd fd_;
};

// One link per CPU of a sampling program.
class LinkGroup : public Link {
 public:
  explicit LinkGroup(std::vector<std::unique_ptr<Link>> links) : links_(std::move(links)) {}

 private:
  std::vector<std::unique_ptr<Link>> links_;
};

// A raw packet socket whose only purpose is its filter.
class SocketLink : public Link {
 public:
  explicit SocketLink(UniqueFd socket) : socket_(std::move(socket)) {}

 private:
  UniqueFd socket_;
};

// A classifier on the clsact qdisc, for kernels without tcx links (before 6.6).
class ClsactLink : public Link {
 public:
  ClsactLink(int interface_index, bool egress, int program_fd);
  ~ClsactLink() override;

 private:
  bpf_tc_hook hook_ = {};
  uint32_t handle_ = 0, priority_ = 0;
};

// Runs an iterator program once and collects what it wrote, at most `limit` bytes.
struct IteratorOutput {
  std::vector<uint8_t> bytes;
  bool truncated = false;
};
IteratorOutput ReadIterator(const Link& link, size_t limit);

}  // namespace tapio
