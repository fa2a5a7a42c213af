// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/unique_fd.h"
#include "tests/host/temporary_tree.h"

namespace kdumpd {

// A dump as libkdumpfile reads it: another reader, written by others, to compare with. One thread.
class Kdumpfile {
 public:
  // The files of one dump: one, or all of a split set.
  explicit Kdumpfile(const std::vector<std::string>& files) : context_(kdump_new()) {
    std::vector<int> fds;
    for (const std::string& bytes : files) {
      const std::string name = "dump" + std::to_string(fds.size());
      tree_.Write(name, bytes);
      paths_.push_back(tree_.path() + "/" + name);
      fds.push_back(::open(paths_.back().c_str(), O_RDONLY | O_CLOEXEC));
      fds_.emplace_back(fds.back());
    }
    // With a mapping it dies of SIGBUS where a file ends too early.
    kdump_set_number_attr(context_, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
    const kdump_status status =
        kdump_open_fdset(context_, static_cast<unsigned>(fds.size()), fds.data());
    if (status != KDUMP_OK) error_ = kdump_get_err(context_);
  }
  Kdumpfile(const Kdumpfile&) = delete;
  Kdumpfile& operator=(const Kdumpfile&) = delete;
  ~Kdumpfile() { kdump_free(context_); }

  // Why it could not be opened; "" when it could.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
  // Memory at a physical address; nothing where the dump has none.
  [[nodiscard]] std::optional<std::string> Physical(std::uint64_t address, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t length = size;
    const kdump_status status =
        kdump_read(context_, KDUMP_MACHPHYSADDR, address, bytes.data(), &length);
    if (status != KDUMP_OK || length != size) return std::nullopt;
    return bytes;
  }
  [[nodiscard]] std::optional<std::string> Text(const char* key) const {
    const char* text = nullptr;
    if (kdump_get_string_attr(context_, key, &text) != KDUMP_OK) return std::nullopt;
    return text;
  }
  [[nodiscard]] std::optional<std::uint64_t> Number(const char* key) const {
    kdump_num_t number = 0;
    if (kdump_get_number_attr(context_, key, &number) != KDUMP_OK) return std::nullopt;
    return number;
  }

 private:
  TemporaryTree tree_;
  std::vector<std::string> paths_;
  std::vector<UniqueFd> fds_;
  kdump_ctx_t* context_;
  std::string error_;
};

}  // namespace kdumpd
