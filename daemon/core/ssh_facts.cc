// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/ssh_facts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <vector>

#include "daemon/core/config_dialects.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

// '*' any run, '?' any one (match.c match_pattern). Linear in the text for each star.
bool Glob(std::string_view text, std::string_view pattern) {
  std::size_t t = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// A negated pattern that matches outweighs all others (match_pattern_list).
bool MatchesList(std::string_view name, const std::vector<std::string_view>& patterns) {
  bool matched = false;
  for (const std::string_view pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    if (!Glob(name, Lower(pattern.substr(negated ? 1 : 0)))) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

// What an entry may call the host: the port is in the name unless it is the usual one, and ssh
// falls back to the bare name (sshconnect.c check_host_key).
std::vector<std::string> EntryNames(std::string_view host, std::string_view port) {
  std::vector<std::string> names{Lower(host)};
  if (!port.empty() && port != "22") names.push_back(Cat('[', names.front(), "]:", port));
  return names;
}

struct Entry {
  std::string_view marker;  // "", "@cert-authority", "@revoked"
  std::string_view names;
  std::string key;  // type and key
};

std::optional<Entry> ParseEntry(std::string_view line) {
  auto words = Words(Trim(line));
  if (words.empty() || words.front().starts_with('#')) return std::nullopt;
  Entry entry;
  if (words.front().starts_with('@')) {
    entry.marker = words.front();
    words.erase(words.begin());
    if (entry.marker != "@cert-authority" && entry.marker != "@revoked") return std::nullopt;
  }
  if (words.size() < 3) return std::nullopt;
  entry.names = words[0];
  entry.key = Cat(words[1], ' ', words[2]);
  return entry;
}

// Decodes at most `limit` bytes of base64, over line ends; stops at anything else.
std::string Base64Head(const std::vector<std::string_view>& lines, std::size_t limit) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::string_view line : lines) {
    for (const char c : Trim(line)) {
      const auto digit = kDigits.find(c);
      if (digit == std::string_view::npos || bytes.size() == limit) return bytes;
      bits = (bits << 6U | static_cast<std::uint32_t>(digit)) & 0xffffffU;
      held += 6;
      if (held < 8) continue;
      held -= 8;
      bytes += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xffU);
    }
  }
  return bytes;
}

// A string of the ssh wire format: 32 bits of length, big endian, and the bytes.
std::optional<std::string_view> TakeString(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (const char c : bytes.substr(0, 4)) length = length << 8U | static_cast<unsigned char>(c);
  if (length > bytes.size() - 4) return std::nullopt;
  const auto text = bytes.substr(4, length);
  bytes.remove_prefix(4 + length);
  return text;
}

// PROTOCOL.key: magic, cipher, kdf, kdf options, count, public key, and then the private part,
// which is not decoded: of the shortest unencrypted key it begins past these bytes.
constexpr std::size_t kPublicHead = 144;

PrivateKey ParseOpenSsh(const std::vector<std::string_view>& body) {
  constexpr std::string_view kMagic("openssh-key-v1\0", 15);
  const std::string head = Base64Head(body, kPublicHead);
  std::string_view rest = head;
  if (!rest.starts_with(kMagic)) return {};
  rest.remove_prefix(kMagic.size());
  const auto cipher = TakeString(rest);
  if (!cipher || cipher->empty()) return {};
  PrivateKey key{.format = "OPENSSH", .algorithm = {}, .encrypted = *cipher != "none"};
  const auto derivation = TakeString(rest);
  const auto options = TakeString(rest);
  if (!derivation || !options || rest.size() < 8) return key;
  rest.remove_prefix(8);  // the count, and the length of the public key
  if (const auto algorithm = TakeString(rest)) key.algorithm = Printable(*algorithm, 64);
  return key;
}

// The headers of RFC 1421, which stand before the first blank line.
PrivateKey ParsePem(std::string_view format, const std::vector<std::string_view>& body) {
  PrivateKey key{.format = std::string(format), .algorithm = {}, .encrypted = false};
  for (const std::string_view line : body) {
    if (line.find(':') == std::string_view::npos) break;
    const bool type = line.starts_with("Proc-Type:");
    if (type && line.find("ENCRYPTED") != std::string_view::npos) key.encrypted = true;
  }
  return key;
}

// "Keyword value..." or "Keyword=value", quotes removed (ssh_config(5)).
std::vector<std::string_view> ConfigWords(std::string_view line) {
  line = Trim(line);
  if (line.starts_with('#')) return {};
  const auto end = line.find_first_of(" \t=");
  if (end == std::string_view::npos) return {};
  std::vector<std::string_view> words{line.substr(0, end)};
  std::string_view rest = Trim(line.substr(end));
  if (rest.starts_with('=')) rest = Trim(rest.substr(1));
  for (std::string_view word : Words(rest)) {
    if (word.starts_with('"')) word.remove_prefix(1);
    if (word.ends_with('"')) word.remove_suffix(1);
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::string ExpandHost(std::string_view name, std::string_view host) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool token = name[i] == '%' && i + 1 < name.size();
    if (token && name[i + 1] == 'h') {
      out += host;
    } else if (!token || name[i + 1] != '%') {
      out += name[i];
      continue;
    } else {
      out += '%';
    }
    ++i;
  }
  return out;
}

}  // namespace

KnownHost MatchKnownHosts(std::string_view text, std::string_view host, std::string_view port) {
  const auto names = EntryNames(host, port);
  std::set<std::string> revoked;
  std::vector<std::string> keys;
  bool hashed = false;
  for (const std::string_view line : Lines(text)) {
    auto entry = ParseEntry(line);
    if (!entry) continue;
    if (entry->names.starts_with("|1|")) {
      hashed = hashed || entry->marker != "@revoked";
      continue;
    }
    const auto patterns = Split(entry->names, ',');
    const auto fits = [&](std::string_view name) { return MatchesList(name, patterns); };
    if (!std::ranges::any_of(names, fits)) continue;
    if (entry->marker == "@revoked") {
      revoked.insert(std::move(entry->key));
    } else {
      keys.push_back(std::move(entry->key));
    }
  }
  const auto good = [&](const std::string& key) { return !revoked.contains(key); };
  if (std::ranges::any_of(keys, good)) return KnownHost::kYes;
  if (hashed) return KnownHost::kHashed;
  return keys.empty() ? KnownHost::kNo : KnownHost::kRevoked;
}

PrivateKey ParsePrivateKey(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kEnd = "PRIVATE KEY-----";
  constexpr std::array<std::string_view, 3> kPem{"RSA", "EC", "DSA"};
  const auto lines = Lines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = Trim(lines[i]);
    if (!line.starts_with(kBegin) || !line.ends_with(kEnd)) continue;
    line = line.substr(kBegin.size(), line.size() - kBegin.size() - kEnd.size());
    const std::string_view format = Trim(line);
    const std::vector<std::string_view> body(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                             lines.end());
    if (format == "OPENSSH") return ParseOpenSsh(body);
    if (format.empty()) return ParsePem("PKCS8", body);
    if (format == "ENCRYPTED") return {.format = "PKCS8", .algorithm = {}, .encrypted = true};
    if (std::ranges::find(kPem, format) != kPem.end()) return ParsePem(format, body);
    return {};
  }
  return {};
}

std::string HostNameFor(std::string_view ssh_config, std::string_view host) {
  const std::string name = Lower(host);
  bool applies = true;  // before the first block everything does
  for (const std::string_view line : Lines(ssh_config)) {
    auto words = ConfigWords(line);
    if (words.size() < 2) continue;
    const std::string keyword = Lower(words.front());
    words.erase(words.begin());
    if (keyword == "host") applies = MatchesList(name, words);
    if (keyword == "match") applies = words.size() == 1 && Lower(words.front()) == "all";
    if (keyword == "hostname" && applies) return ExpandHost(words.front(), host);
  }
  return {};
}

}  // namespace kdumpd
