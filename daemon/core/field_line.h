// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// One line of words that a program of ours writes and another reads: "vmcore part number=3
// etag=ab". Values may hold any bytes: what is no plain character is %XX.
namespace kdumpd {

class FieldLine {
 public:
  // `words`: blanks between them stay.
  explicit FieldLine(std::string_view words) : text_(words) {}
  FieldLine& Add(std::string_view key, std::string_view value);
  FieldLine& Add(std::string_view key, std::uint64_t value);
  FieldLine& Add(std::string_view key, std::int64_t value);
  // Nothing is added of what is empty, or 0.
  FieldLine& AddSome(std::string_view key, std::string_view value);
  [[nodiscard]] std::string Take() const { return text_ + "\n"; }

 private:
  std::string text_;
};

struct Fields {
  std::string words;  // "vmcore part"
  std::map<std::string, std::string, std::less<>> values;

  [[nodiscard]] std::string Text(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> Unsigned(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> Signed(std::string_view key) const;
  [[nodiscard]] bool Has(std::string_view key) const { return values.contains(key); }
};
// Without its '\n'. Nothing for a line that FieldLine does not make.
[[nodiscard]] std::optional<Fields> ParseFieldLine(std::string_view line);

}  // namespace kdumpd
