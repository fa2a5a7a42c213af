// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/age_header.h"

#include <algorithm>
#include <cstdint>

#include "daemon/core/text.h"
#include "daemon/ship/age.h"
#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

constexpr std::size_t kColumns = 64;
constexpr std::size_t kMacBytes = 32;

std::unexpected<UploadError> Damaged(std::string_view what) {
  return FailUpload(UploadProblem::kMismatch, Cat("its age header is damaged: ", what));
}

// Line after line; nothing when the text ends within one.
class HeaderLines {
 public:
  explicit HeaderLines(std::string_view text) : text_(text) {}
  std::optional<std::string_view> Next() {
    const auto end = text_.find('\n', at_);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::unexpected<UploadError> CutOff(std::string_view start) {
  if (start.size() < kMostAgeHeaderBytes) return Damaged("it is cut off");
  return Damaged(Cat("it has no end within ", kMostAgeHeaderBytes, " bytes"));
}

bool IsArgument(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// Lines of 64 characters; the last is shorter, be it empty.
Uploaded<std::string> Body(HeaderLines& lines, std::string_view start) {
  std::string body;
  while (true) {
    const auto line = lines.Next();
    if (!line) return CutOff(start);
    const auto bytes = ParseUnpaddedBase64(*line);
    if (!bytes || line->size() > kColumns) return Damaged("a body is not base64 of 64 columns");
    body += *bytes;
    if (line->size() < kColumns) return body;
  }
}

Uploaded<AgeStanza> Stanza(std::string_view line, HeaderLines& lines, std::string_view start) {
  if (!line.starts_with("-> ")) return Damaged("a line is neither a stanza nor the end");
  AgeStanza stanza{Split(line.substr(3), ' '), {}};
  if (!std::ranges::all_of(stanza.arguments, IsArgument)) {
    return Damaged("a stanza has an argument that is empty or not printable");
  }
  auto body = Body(lines, start);
  if (!body) return std::unexpected(body.error());
  stanza.body = *std::move(body);
  return stanza;
}

std::optional<UploadError> Unsupported(std::string_view start) {
  const auto is = [&](std::string_view words) {
    return start.substr(0, words.size()) == words.substr(0, start.size()) && !start.empty();
  };
  const auto error = [](std::string message) {
    return UploadError{UploadProblem::kMismatch, std::move(message)};
  };
  if (start.empty()) return error("it is empty");
  if (start.starts_with("-----BEGIN AGE ENCRYPTED FILE-----")) {
    return error("it is armored (age as text): only binary age files are read here");
  }
  if (!is("age-encryption.org/")) return error("it is not encrypted with age");
  if (is(Cat(kAgeVersion, "\n"))) return std::nullopt;
  return error("it is age of another version than v1");
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

Uploaded<AgeHeader> ParseAgeHeader(std::string_view start) {
  start = start.substr(0, kMostAgeHeaderBytes);
  if (auto unsupported = Unsupported(start)) return std::unexpected(*std::move(unsupported));
  HeaderLines lines(start);
  AgeHeader header;
  (void)lines.Next();  // the version
  while (true) {
    const std::size_t at = lines.at();
    const auto line = lines.Next();
    if (!line) return CutOff(start);
    if (line->starts_with(kAgeFooter)) {
      auto mac = ParseUnpaddedBase64(line->substr(std::min(line->size(), kAgeFooter.size() + 1)));
      if (!line->starts_with("--- ") || !mac || mac->size() != kMacBytes) {
        return Damaged("its MAC is not one");
      }
      header.mac = *std::move(mac);
      header.covered = start.substr(0, at + kAgeFooter.size());
      header.bytes = lines.at();
      if (header.stanzas.empty()) return Damaged("it is for nobody");
      return header;
    }
    if (header.stanzas.size() == kMostAgeStanzas) {
      return FailUpload(UploadProblem::kMismatch,
                        Cat("it has more than ", kMostAgeStanzas, " recipients"));
    }
    auto stanza = Stanza(*line, lines, start);
    if (!stanza) return std::unexpected(stanza.error());
    header.stanzas.push_back(*std::move(stanza));
  }
}

std::string UnpaddedBase64(std::string_view raw) {
  std::string text = Base64(raw);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::optional<std::string> ParseUnpaddedBase64(std::string_view text) {
  std::string raw;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U | static_cast<std::uint32_t>(value)) & 0xffffU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    raw += static_cast<char>(bits >> count & 0xffU);
  }
  // Six bits left over are half a byte that is none; others are zero, or two texts mean the same.
  if (count == 6 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return raw;
}

}  // namespace kdumpd
