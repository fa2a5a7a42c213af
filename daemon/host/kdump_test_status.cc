// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/kdump_test_status.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "daemon/host/bounded_read.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

constexpr char kFile[] = "/var/lib/kdump/vmcore-creation.status";
constexpr std::size_t kMaxBytes = 4 << 10;  // it is one short line

Result<KdumpTestMark> MarkIn(const HostRoot& root) {
  const auto fd = root.OpenFile(kFile);
  if (!fd) return std::unexpected(fd.error());
  const auto text = ReadAll(fd->get(), kMaxBytes);
  if (!text) return std::unexpected(text.error());
  auto mark = ParseKdumpTestMark(*text);
  struct stat status{};
  if (fstat(fd->get(), &status) != 0) return std::unexpected(SystemError(errno));
  if (mark) mark->written_at = status.st_mtim.tv_sec;
  return mark;
}

}  // namespace

Fact<KdumpTestMark> ReadKdumpTest(const HostRoot& root, std::string_view blind) {
  if (!blind.empty()) return Fact<KdumpTestMark>::Unreadable(kFile, std::string(blind));
  return Fact<KdumpTestMark>::From(MarkIn(root), kFile);
}

}  // namespace kdumpd
