// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kdumpd {

// The kernel's own notes about itself, KEY=VALUE lines (Documentation/admin-guide/kdump/
// vmcoreinfo.rst). At most 64 KiB and 8,192 lines; the first of a key wins.
class Vmcoreinfo {
 public:
  Vmcoreinfo() = default;
  explicit Vmcoreinfo(std::string_view text);

  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] std::string_view Text(std::string_view key) const;  // "" without one
  // SYMBOL(name): bare hexadecimal virtual address.
  [[nodiscard]] std::optional<std::uint64_t> Symbol(std::string_view name) const;
  // SIZE(name), OFFSET(name): decimal bytes.
  [[nodiscard]] std::optional<std::uint64_t> Size(std::string_view name) const;
  [[nodiscard]] std::optional<std::uint64_t> Offset(std::string_view name) const;
  // NUMBER(name): 0x means hexadecimal and unsigned, else decimal, may be negative; as 64 bits.
  [[nodiscard]] std::optional<std::uint64_t> Number(std::string_view name) const;
  // KERNELOFFSET and such: bare hexadecimal. PAGESIZE, CRASHTIME: decimal.
  [[nodiscard]] std::optional<std::uint64_t> Hex(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> Decimal(std::string_view key) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace kdumpd
