// SPDX-License-Identifier: Apache-2.0
#include "daemon/host/kernel_files.h"

#include <utility>

#include "daemon/core/text.h"
#include "daemon/host/directory_names.h"

namespace kdumpd {
namespace {

Error NotANumber(std::string_view text, std::string_view expected) {
  return {ErrorCode::kInvalid, Cat("\"", Printable(text, 64), "\": expected ", expected)};
}

}  // namespace

KernelFiles::KernelFiles(const HostRoot& root, std::string_view place) : root_(root) {
  auto names = NamesIn(root, place, 1);
  std::string source(place);
  if (names && !names->names.empty()) {
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
