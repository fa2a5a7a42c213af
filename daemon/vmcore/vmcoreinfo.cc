// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/vmcoreinfo.h"

#include <algorithm>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMaxBytes = 64 << 10;
constexpr int kMaxLines = 8'192;

}  // namespace

Vmcoreinfo::Vmcoreinfo(std::string_view text) {
  text = text.substr(0, kMaxBytes);
  for (int line = 0; line < kMaxLines && !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view entry = text.substr(0, end);
    const std::size_t sign = entry.find('=');
    if (sign != std::string_view::npos && sign != 0) {
      values_.emplace(entry.substr(0, sign), entry.substr(sign + 1));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view Vmcoreinfo::Text(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string_view{} : found->second;
}

std::optional<std::uint64_t> Vmcoreinfo::Symbol(std::string_view name) const {
  return Hex(Cat("SYMBOL(", name, ")"));
}

std::optional<std::uint64_t> Vmcoreinfo::Size(std::string_view name) const {
  return Decimal(Cat("SIZE(", name, ")"));
}

std::optional<std::uint64_t> Vmcoreinfo::Offset(std::string_view name) const {
  return Decimal(Cat("OFFSET(", name, ")"));
}

std::optional<std::uint64_t> Vmcoreinfo::Number(std::string_view name) const {
  const std::string_view text = Text(Cat("NUMBER(", name, ")"));
  if (text.starts_with("0x")) return ParseUnsigned(text.substr(2), 16);
  if (!text.starts_with('-')) return ParseUnsigned(text);
  const auto value = ParseSigned(text);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<std::uint64_t> Vmcoreinfo::Hex(std::string_view key) const {
  return ParseUnsigned(Text(key), 16);
}

std::optional<std::uint64_t> Vmcoreinfo::Decimal(std::string_view key) const {
  return ParseUnsigned(Text(key));
}

}  // namespace kdumpd
