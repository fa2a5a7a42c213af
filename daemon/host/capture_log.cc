// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/capture_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "daemon/core/dump.h"
#include "daemon/core/dump_magic.h"
#include "daemon/core/text.h"
#include "daemon/host/bounded_read.h"
#include "daemon/host/directory_names.h"
#include "daemon/host/open_kind.h"

namespace kdumpd {
namespace {

// The start says which kernel with which memory, the end how it went.
constexpr std::uint64_t kHeadBytes = 64 << 10;
constexpr std::uint64_t kTailBytes = 448 << 10;
constexpr std::uint64_t kMaxRefusalBytes = 4096;
constexpr std::size_t kMaxNames = 256;  // in one dump directory

// "." and ".." and longer paths are no name of a dump directory.
bool IsName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && !name.contains('/') &&
         !name.contains('\0');
}

std::string HeadAndTail(int fd) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return "";
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size <= kHeadBytes + kTailBytes) return ReadAt(fd, 0, size).value_or("");
  const auto head = ReadAt(fd, 0, kHeadBytes);
  const auto tail = ReadAt(fd, size - kTailBytes, kTailBytes);
  return head && tail ? Cat(*head, '\n', *tail) : "";
}

}  // namespace

std::string ReadCaptureLog(const HostRoot& root, const std::string& crash_directory,
                           const std::string& dump_directory) {
  if (!IsName(dump_directory)) return "";
  const auto place = root.Stat(crash_directory);
  if (!place || root.Avoids(Cat(place->resolved, '/', dump_directory))) return "";
  const auto crashes = root.OpenDirectory(crash_directory);
  if (!crashes) return "";
  const auto directory = OpenKindAt(crashes->get(), dump_directory, S_IFDIR);
  auto listing = directory ? NamesIn(directory->get(), kMaxNames) : Result<NameList>(NameList{});
  if (!listing) return "";
  // The finished name first: '.' is more than '-'.
  std::ranges::sort(listing->names, std::greater<>());
  for (const std::string& name : listing->names) {
    if (RoleOf(name) != DumpRole::kKexecDmesg) continue;
    const auto file = OpenKindAt(directory->get(), name, S_IFREG);
    const std::string text = file ? HeadAndTail(file->get()) : "";
    if (!text.empty()) return text;
  }
  for (const std::string& name : listing->names) {
    if (RoleOf(name) != DumpRole::kVmcore) continue;
    const auto file = OpenKindAt(directory->get(), name, S_IFREG);
    const auto text = file ? ReadAt(file->get(), 0, kMaxRefusalBytes + 1) : Result<std::string>("");
    if (text && text->size() <= kMaxRefusalBytes &&
        IsCollectorsRefusal(std::as_bytes(std::span(*text)), text->size())) {
      return *text;
    }
  }
  return "";
}

}  // namespace kdumpd
