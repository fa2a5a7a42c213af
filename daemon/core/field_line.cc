// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/field_line.h"

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

bool IsPlain(char c) { return c > ' ' && c < 0x7f && c != '%' && c != '='; }

std::string Escaped(std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsPlain(c)) {
      text += c;
    } else {
      text += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return text;
}

std::optional<std::string> Unescaped(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!IsPlain(text[i])) return std::nullopt;
      value += text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? ParseUnsigned(text.substr(i + 1, 2), 16) : std::nullopt;
    if (!byte) return std::nullopt;
    value += static_cast<char>(*byte);
    i += 2;
  }
  return value;
}

}  // namespace

FieldLine& FieldLine::Add(std::string_view key, std::string_view value) {
  text_ += Cat(text_.empty() ? "" : " ", key, "=", Escaped(value));
  return *this;
}
FieldLine& FieldLine::Add(std::string_view key, std::uint64_t value) {
  return Add(key, std::string_view(std::to_string(value)));
}
FieldLine& FieldLine::Add(std::string_view key, std::int64_t value) {
  return Add(key, std::string_view(std::to_string(value)));
}
FieldLine& FieldLine::AddSome(std::string_view key, std::string_view value) {
  return value.empty() ? *this : Add(key, value);
}

std::string Fields::Text(std::string_view key) const {
  const auto found = values.find(key);
  return found == values.end() ? "" : found->second;
}
std::optional<std::uint64_t> Fields::Unsigned(std::string_view key) const {
  return ParseUnsigned(Text(key));
}
std::optional<std::int64_t> Fields::Signed(std::string_view key) const {
  return ParseSigned(Text(key));
}

std::optional<Fields> ParseFieldLine(std::string_view line) {
  Fields fields;
  for (const std::string_view word : Split(line, ' ')) {
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) {
      if (!fields.values.empty() || word.empty()) return std::nullopt;
      fields.words += Cat(fields.words.empty() ? "" : " ", word);
      continue;
    }
    auto value = Unescaped(word.substr(equals + 1));
    if (!value || equals == 0) return std::nullopt;
    const bool first = fields.values.emplace(word.substr(0, equals), *std::move(value)).second;
    if (!first) return std::nullopt;
  }
  return fields;
}

}  // namespace kdumpd
