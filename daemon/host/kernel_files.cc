// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/kernel_files.h"

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/system_error.h"

namespace kdumpd {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

Error NotANumber(std::string_view text, std::string_view expected) {
  return {ErrorCode::kInvalid, Cat("\"", Printable(text, 64), "\": expected ", expected)};
}

}  // namespace

Result<std::size_t> CountNames(const HostRoot& root, std::string_view directory,
                               const std::function<bool(std::string_view)>& wanted,
                               std::size_t limit) {
  auto fd = root.OpenDirectory(directory);
  if (!fd) return std::unexpected(std::move(fd).error());
  const std::unique_ptr<DIR, CloseDirectory> stream(fdopendir(fd->get()));
  if (!stream) return FailSystem(Cat("listing ", Printable(directory)), errno);
  static_cast<void>(fd->Release());  // closedir closes it
  std::size_t count = 0;
  errno = 0;
  while (count < limit) {
    const dirent* entry = readdir(stream.get());  // NOLINT(concurrency-mt-unsafe): our own stream
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && wanted(name)) ++count;
    errno = 0;
  }
  if (errno != 0) return FailSystem(Cat("listing ", Printable(directory)), errno);
  return count;
}

KernelFiles::KernelFiles(const HostRoot& root, std::string_view place) : root_(root) {
  auto names = CountNames(root, place, [](std::string_view) { return true; }, 1);
  std::string source(place);
  if (names && *names > 0) {
    listed_ = Fact<bool>::Known(true, std::move(source));
    return;
  }
  why_ = names ? Cat(place, " is empty: is it mounted?") : std::move(names).error().message;
  listed_ = Fact<bool>::Unreadable(std::move(source), why_);
}

Fact<std::string> KernelFiles::Read(std::span<const std::string_view> paths,
                                    std::size_t limit) const {
  for (const std::string_view path : paths) {
    auto text = root_.Read(path, limit);
    if (text) return Fact<std::string>::Known(std::string(Trim(*text)), std::string(path));
    if (text.error().code == ErrorCode::kNotFound) continue;
    return Fact<std::string>::Unreadable(std::string(path), std::move(text).error().message);
  }
  return NotThere<std::string>(paths.front());
}

Fact<std::string> KernelFiles::Read(std::string_view path, std::size_t limit) const {
  return Read(std::span(&path, 1), limit);
}

Fact<std::string> KernelFiles::ReadAlways(std::string_view path, std::size_t limit) const {
  auto text = Read(path, limit);
  if (!text.absent()) return text;
  return Fact<std::string>::Unreadable(
      std::string(path), Cat("reading ", path, ": no such file, though every Linux has it"));
}

Fact<std::uint64_t> Unsigned(const Fact<std::string>& text) {
  return Parsed<std::uint64_t>(text, [](std::string_view digits) -> Result<std::uint64_t> {
    if (const auto value = ParseUnsigned(digits)) return *value;
    return std::unexpected(NotANumber(digits, "a number"));
  });
}

Fact<std::int64_t> Signed(const Fact<std::string>& text) {
  return Parsed<std::int64_t>(text, [](std::string_view digits) -> Result<std::int64_t> {
    if (const auto value = ParseSigned(digits)) return *value;
    return std::unexpected(NotANumber(digits, "a number"));
  });
}

Fact<bool> Flag(const Fact<std::string>& text) {
  return Parsed<bool>(text, [](std::string_view digit) -> Result<bool> {
    if (digit == "0" || digit == "1") return digit == "1";
    return std::unexpected(NotANumber(digit, "0 or 1"));
  });
}

}  // namespace kdumpd
