// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/redact_values.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "daemon/core/characters.h"
#include "daemon/core/redact_addresses.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostKey = 64;
constexpr std::size_t kMostValue = 512;  // that is looked at

char LowerByte(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
std::string LowerText(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), LowerByte);
  return lower;
}
bool HasAt(std::string_view line, std::size_t at, std::string_view lower) {
  const std::string_view there = line.substr(std::min(at, line.size()), lower.size());
  return there.size() == lower.size() && std::ranges::equal(there, lower, {}, LowerByte);
}
bool IsKeyByte(char c) { return IsWordByte(c) || c == '.' || c == '-'; }
bool OneOf(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}
std::size_t Until(std::string_view line, std::size_t at, std::string_view ends) {
  const auto end = line.find_first_of(ends, at);
  return (end == std::string_view::npos ? line.size() : end) - at;
}

// The last word of a key: "rd.luks.key", "coreos.inst.ignition_url".
std::string_view LastPart(std::string_view key) {
  const auto at = key.find_last_of("._-");
  return at == std::string_view::npos ? key : key.substr(at + 1);
}

bool SmellsOfSecret(std::string_view key, bool parameters) {
  constexpr std::array<std::string_view, 4> kAnywhere = {"password", "passwd", "passphrase",
                                                         "secret"};
  constexpr std::array<std::string_view, 2> kParameters = {"token", "credential"};
  const auto contains = [&](std::string_view word) { return key.contains(word); };
  if (std::ranges::any_of(kAnywhere, contains)) return true;
  if (!parameters) return false;
  const std::string_view last = LastPart(key);
  constexpr std::array<std::string_view, 5> kEnds = {"key", "keys", "pw", "pwd", "psk"};
  return std::ranges::any_of(kParameters, contains) || last == "pass" ||
         (std::ranges::any_of(kEnds, [&](std::string_view end) { return last.ends_with(end); }) &&
          last != "hotkey");
}

// "dhcp", "eth0:dhcp": nothing but how an address is found.
bool IsAddressMethod(std::string_view value) {
  constexpr std::array<std::string_view, 12> kMethods = {"dhcp",  "dhcp4", "dhcp6",       "on",
                                                         "off",   "any",   "none",        "auto6",
                                                         "bootp", "both",  "single-dhcp", "ibft"};
  const auto colon = value.find(':');
  if (colon == std::string_view::npos) return OneOf(value, kMethods);
  const std::string_view before = value.substr(0, colon);
  return std::ranges::all_of(before, IsWordByte) && OneOf(value.substr(colon + 1), kMethods);
}

// Where a parameter's value tells of a host: "http://...", "nfs:server:/path".
bool IsRemote(std::string_view value) {
  constexpr std::array<std::string_view, 9> kKinds = {
      "nfs:", "nfs4:", "iscsi:", "nbd:", "http:", "https:", "ftp:", "tftp:", "fcoe:"};
  return value.contains("://") || std::ranges::any_of(kKinds, [&](std::string_view kind) {
           return value.starts_with(kind);
         });
}

std::string_view ParameterWord(std::string_view key, std::string_view value) {
  constexpr std::array<std::string_view, 5> kNetwork = {"ip", "nfsaddrs", "netconsole", "ifname",
                                                        "route"};
  constexpr std::array<std::string_view, 7> kHosts = {"nfsroot", "netroot", "nameserver", "server",
                                                      "host",    "domain",  "proxy"};
  const std::string_view last = LastPart(key);
  if (OneOf(last, kNetwork)) return IsAddressMethod(value) ? "" : "[network]";
  const bool iscsi = key.starts_with("rd.iscsi.") || key.starts_with("iscsi_");
  if (OneOf(last, kHosts) || IsRemote(value) || (iscsi && value.size() > 3)) return "[host]";
  return "";
}

bool IsIdentity(std::string_view value) {
  return value.size() >= 4 && std::ranges::any_of(value, IsDigit);
}

std::string_view WordFor(std::string_view key, std::string_view value, bool parameters) {
  constexpr std::array<std::string_view, 3> kUsers = {"acct", "user", "username"};
  constexpr std::array<std::string_view, 5> kNobody = {"?", "(none)", "(null)", "root", "\"root\""};
  if (value.empty()) return "";
  if (SmellsOfSecret(key, parameters)) return "[secret]";
  if (key.ends_with("uuid") || key.ends_with("machine_id"))
    return IsIdentity(value) ? "[uuid]" : "";
  if (OneOf(value, kNobody)) return "";
  if (OneOf(LastPart(key), kUsers) && !AreDigits(value)) return "[user]";
  if (LastPart(key) == "hostname") return "[host]";
  return parameters ? ParameterWord(key, value) : "";
}

std::size_t ParameterSize(std::string_view line, std::size_t at, bool quoted) {
  std::size_t end = at;
  for (; end < line.size(); ++end) {
    if (line[end] == '"') quoted = !quoted;
    if (!quoted && (line[end] == ' ' || line[end] == '\t')) break;
  }
  return end - at;
}

// Outside of the command line.
std::size_t PlainSize(std::string_view line, std::size_t at) {
  if (line[at] == '"') {
    const auto end = line.find('"', at + 1);
    return (end == std::string_view::npos ? line.size() : end + 1) - at;
  }
  return Until(line, at, " \t,;\"'()<>");
}

std::size_t ValueSize(std::string_view line, std::size_t at, std::string_view key, bool parameters,
                      bool key_quoted) {
  if (parameters) return ParameterSize(line, at, key_quoted && SmellsOfSecret(key, true));
  if (line[at] != '"' && SmellsOfSecret(key, false)) return Until(line, at, " \t");
  return PlainSize(line, at);
}

struct Phrase {
  std::string_view words;  // in lower case
  std::string_view ends;   // the value ends before any of these
  std::string_view word;
};
constexpr std::array<Phrase, 7> kPhrases = {{
    {"hostname set to <", ">", "[host]"},
    {"set hostname to <", ">", "[host]"},
    {"nfs: server ", " ,", "[host]"},
    {"nfs4: server ", " ,", "[host]"},
    {"/home/", " /,:;\"')>", "[user]"},
    {"iqn.", " ,;\"')>", "[host]"},
    {"nqn.", " ,;\"')>", "[host]"},
}};

Redaction PhraseAt(std::string_view line, std::size_t at) {
  for (const Phrase& phrase : kPhrases) {
    if (!HasAt(line, at, phrase.words)) continue;
    const std::size_t keep = phrase.words.size();
    const std::size_t drop = Until(line, at + keep, phrase.ends);
    if (drop > 0) return {keep, drop, phrase.word};
  }
  return {};
}

// "Serial: 8250/16550 driver" is none, nor is "SerialNumber=3", the index of a string.
Redaction SerialAt(std::string_view line, std::size_t at) {
  constexpr std::array<std::string_view, 9> kNames = {
      "serial number", "serial_number", "serialnumber", "serial no", "serial_no",
      "serialno",      "serial",        "s/n",          "sn"};
  const auto* const name =
      std::ranges::find_if(kNames, [&](std::string_view words) { return HasAt(line, at, words); });
  if (name == kNames.end()) return {};
  std::size_t value = at + name->size();
  if (value < line.size() && line[value] == '.') ++value;
  const std::size_t marks = std::min(line.find_first_not_of(" :=#", value), line.size());
  if (marks - value > 8) return {};
  const bool marked =
      line.substr(value, marks - value).find_first_of(":=#") != std::string_view::npos;
  if (marks == value || (!marked && name->size() < 8)) return {};  // "serial console"
  std::size_t end = marks;
  while (end < line.size() && IsKeyByte(line[end])) ++end;
  const bool goes_on = end < line.size() && line[end] == '/';
  while (end > marks && !IsWordByte(line[end - 1])) --end;
  if (goes_on || !IsIdentity(line.substr(marks, end - marks))) return {};
  return {marks - at, end - marks, "[serial]"};
}

// systemd's name of an interface without any other: its address.
Redaction InterfaceAt(std::string_view line, std::size_t at) {
  constexpr std::array<std::string_view, 3> kKinds = {"enx", "wlx", "wwx"};
  constexpr std::size_t kDigits = 12;
  if (!OneOf(line.substr(at, 3), kKinds) || line.size() - at < 3 + kDigits) return {};
  if (!std::ranges::all_of(line.substr(at + 3, kDigits), IsAnyHexDigit)) return {};
  const std::size_t end = at + 3 + kDigits;
  if (end < line.size() && IsWordByte(line[end])) return {};
  return {3, kDigits, "[mac]"};
}

}  // namespace

Redaction KeyedValueAt(std::string_view line, std::size_t at, bool parameters) {
  if (!IsKeyByte(line[at]) || (at > 0 && IsKeyByte(line[at - 1]))) return {};
  std::size_t sign = at;
  while (sign < line.size() && IsKeyByte(line[sign])) ++sign;
  if (sign + 1 >= line.size() || line[sign] != '=') return {};
  const std::size_t value = sign + 1;
  const std::string key = LowerText(
      line.substr(std::max(at, sign - std::min(sign, kMostKey)), std::min(sign - at, kMostKey)));
  // What kind it is the first bytes tell: a line without blanks is not read again for each "a=".
  const auto size_in = [&](std::string_view part) {
    return ValueSize(part, value, key, parameters, at > 0 && line[at - 1] == '"');
  };
  const std::string_view head = line.substr(0, value + kMostValue);
  const std::string_view word = WordFor(key, head.substr(value, size_in(head)), parameters);
  if (word.empty()) return {};
  return {value - at, size_in(line), word};
}

Redaction NamedValueAt(std::string_view line, std::size_t at) {
  if (const Redaction phrase = PhraseAt(line, at)) return phrase;
  if (at > 0 && IsWordByte(line[at - 1])) return {};
  if (const Redaction serial = SerialAt(line, at)) return serial;
  return InterfaceAt(line, at);
}

Redaction UrlUserAt(std::string_view line, std::size_t at) {
  constexpr std::string_view kMark = "://";
  if (!line.substr(at).starts_with(kMark)) return {};
  const std::string_view authority =
      line.substr(at + kMark.size(), Until(line, at + kMark.size(), " \t/?#\"'<>"));
  const auto sign = authority.rfind('@');
  if (sign == std::string_view::npos || sign == 0) return {};
  return {kMark.size(), sign, "[user]"};
}

}  // namespace kdumpd
