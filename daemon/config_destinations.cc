// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_destinations.h"

#include <algorithm>
#include <array>

#include "daemon/config_values.h"
#include "daemon/core/age_recipient.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using Values = std::vector<std::string>;

constexpr std::array<std::string_view, 2> kBooleans{"false", "true"};
constexpr std::array<std::string_view, 2> kDuplicatesNames{"full", "log_only"};
constexpr std::array<std::string_view, 2> kVerify{"auto", "read-back"};
constexpr std::array<std::string_view, 5> kSchemes{"s3://", "sftp://", "https://", "http://",
                                                   "file:///"};

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsUrl(std::string_view url) {
  const auto* scheme =
      std::ranges::find_if(kSchemes, [&](std::string_view s) { return url.starts_with(s); });
  // A password here would show wherever the destination does.
  return scheme != kSchemes.end() && url.size() > scheme->size() && url.size() <= 1024 &&
         std::ranges::all_of(url, [](char c) { return c >= ' ' && c < 0x7f; }) && !HasPassword(url);
}

bool SetText(std::string& to, const std::string& value, std::size_t most = 255) {
  if (value.empty() || value.size() > most) return false;
  to = value;
  return true;
}

bool SetBytes(std::uint64_t& to, const std::string& value, std::uint64_t least,
              std::uint64_t most) {
  std::optional<std::uint64_t> bytes;
  if (!SetLimit(bytes, value, ParseSize)) return false;
  if (bytes && (*bytes < least || *bytes > most)) return false;
  to = bytes.value_or(0);
  return true;
}

bool SetParts(UploadTarget& target, const std::string& value) {
  const auto parts = ParseCount(value);
  if (!parts || *parts < 1) return false;
  target.most_parts = static_cast<std::uint32_t>(*parts);
  return true;
}

bool SetVerify(UploadTarget& target, const std::string& value) {
  return SetEnum(target.read_back, value, kVerify);
}

bool SetRecipients(UploadTarget& target, const Values& values) {
  if (values.size() > 16 || !std::ranges::all_of(values, IsRecipient)) return false;
  target.recipients = values;
  return true;
}

bool IsEndpoint(std::string_view value) {
  return (value.starts_with("https://") || value.starts_with("http://")) && IsUrl(value);
}

constexpr std::array kKeys{
    DestinationKey{
        "url", "", "s3://, sftp://, https://, http:// or file:///, without a password",
        "where the objects go: s3://BUCKET[/PREFIX], sftp://[USER@]HOST[:PORT]/PATH, "
        "https://HOST[:PORT]/PATH, file:///PATH (a mounted directory)",
        false,
        [](UploadTarget& t, const Values& v) { return IsUrl(v[0]) && SetText(t.url, v[0], 1024); }},
    DestinationKey{"endpoint", "", "https:// or http:// and a host",
                   "s3: the server; AWS of the region by default", false,
                   [](UploadTarget& t, const Values& v) {
                     return IsEndpoint(v[0]) && SetText(t.endpoint, v[0]);
                   }},
    DestinationKey{"region", "us-east-1", "a name", "s3: the region that requests are signed for",
                   false,
                   [](UploadTarget& t, const Values& v) { return SetText(t.region, v[0], 64); }},
    DestinationKey{
        "path-style", "false", "true or false",
        "s3: ENDPOINT/BUCKET/KEY rather than BUCKET.ENDPOINT/KEY", false,
        [](UploadTarget& t, const Values& v) { return SetEnum(t.path_style, v[0], kBooleans); }},
    DestinationKey{
        "credentials-file", "", "an absolute path",
        "s3: a file in AWS's format, profile default; by default the environment "
        "(AWS_ACCESS_KEY_ID ..., or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN)",
        false, [](UploadTarget& t, const Values& v) { return SetPath(t.credentials_file, v[0]); }},
    DestinationKey{
        "sign-payload", "false", "true or false",
        "s3: the SHA-256 of each part is signed over TLS too; without TLS it always is", false,
        [](UploadTarget& t, const Values& v) { return SetEnum(t.sign_payload, v[0], kBooleans); }},
    DestinationKey{"part-size", "off", "off or a size from 5MiB to 5GiB",
                   "s3: of the parts of an upload; from the size of the file by default", false,
                   [](UploadTarget& t, const Values& v) {
                     return SetBytes(t.part_bytes, v[0], 5ULL << 20, 5ULL << 30);
                   }},
    DestinationKey{"most-parts", "10000", "a number from 1 to 10000",
                   "s3: how many parts the server takes; 1000 for OpenStack Swift", false,
                   [](UploadTarget& t, const Values& v) { return SetParts(t, v[0]); }},
    DestinationKey{"ca-file", "", "an absolute path",
                   "certificates (PEM) that the server's is checked against; the system's by "
                   "default",
                   false,
                   [](UploadTarget& t, const Values& v) { return SetPath(t.ca_file, v[0]); }},
    DestinationKey{"user", "", "a name", "https, sftp: who we are", false,
                   [](UploadTarget& t, const Values& v) { return SetText(t.user, v[0]); }},
    DestinationKey{"password-file", "", "an absolute path", "https: the password of that user",
                   false,
                   [](UploadTarget& t, const Values& v) { return SetPath(t.password_file, v[0]); }},
    DestinationKey{"token-file", "", "an absolute path", "https: a bearer token", false,
                   [](UploadTarget& t, const Values& v) { return SetPath(t.token_file, v[0]); }},
    DestinationKey{"key-file", "", "an absolute path",
                   "sftp: a private key, ed25519 or ECDSA, without passphrase", false,
                   [](UploadTarget& t, const Values& v) { return SetPath(t.key_file, v[0]); }},
    DestinationKey{"known-hosts", "", "an absolute path", "sftp: the keys of hosts that are known",
                   false,
                   [](UploadTarget& t, const Values& v) { return SetPath(t.known_hosts, v[0]); }},
    DestinationKey{"host-key", "", "SHA256: and the digest, as ssh-keygen -l prints it",
                   "sftp: the key of the host", false,
                   [](UploadTarget& t, const Values& v) {
                     return v[0].starts_with("SHA256:") && v[0].size() == 50 &&
                            SetText(t.host_key, v[0]);
                   }},
    DestinationKey{"bandwidth", "off", "off or a size from 1KiB", "bytes in a second, at most",
                   false,
                   [](UploadTarget& t, const Values& v) {
                     return SetBytes(t.bandwidth, v[0], 1024, 1ULL << 50);
                   }},
    DestinationKey{"verify", "auto", "auto or read-back",
                   "how it is proven that the store holds the dump: by the store's own digest "
                   "where it has one, else by reading all of it back; read-back: always so",
                   false, [](UploadTarget& t, const Values& v) { return SetVerify(t, v[0]); }},
    DestinationKey{"recipients", "", "a list of age1...", "the dump is encrypted to these age keys",
                   true, SetRecipients},
    DestinationKey{"duplicates", "full", "full or log_only",
                   "log_only: of crashes with one signature the first whole dump is sent, of the "
                   "others report and log",
                   false,
                   [](UploadTarget& t, const Values& v) {
                     return SetEnum(t.duplicates, v[0], kDuplicatesNames);
                   }},
    DestinationKey{
        "redact-log", "false", "true or false",
        "addresses, names and secrets are blotted out of the kernel log and the report", false,
        [](UploadTarget& t, const Values& v) { return SetEnum(t.redact_log, v[0], kBooleans); }},
};

std::string KnownKeys() {
  std::string names;
  for (const DestinationKey& key : kKeys) names += Cat(names.empty() ? "" : ", ", key.key);
  return names;
}

// What a kind of destination cannot do without.
std::string Missing(const UploadTarget& target) {
  if (target.url.empty()) return "url: expected a value, got nothing";
  if (!target.url.starts_with("sftp://")) return "";
  if (target.key_file.empty()) return "key-file: expected a value for sftp, got nothing";
  if (target.host_key.empty() && target.known_hosts.empty()) {
    return "host-key: expected a value, or known-hosts: a host that nobody knows gets no dump";
  }
  const bool named = target.url.find('@') != std::string::npos || !target.user.empty();
  return named ? "" : "user: expected a value for sftp, or sftp://USER@HOST";
}

}  // namespace

bool HasPassword(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return false;
  const std::string_view authority = url.substr(host + 3, url.find('/', host + 3) - host - 3);
  const auto at = authority.rfind('@');
  return at != std::string_view::npos &&
         authority.substr(0, at).find(':') != std::string_view::npos;
}

std::span<const DestinationKey> DestinationKeys() { return kKeys; }

std::string ApplyDestination(std::vector<UploadTarget>& targets, const Choice& choice) {
  const std::string_view rest = std::string_view(choice.key).substr(kDestinationPrefix.size());
  const auto dot = rest.find('.');
  const std::string_view name = rest.substr(0, dot);
  if (dot == std::string_view::npos || !IsName(name)) {
    return Cat(choice.origin, ": ", Printable(choice.key),
               ": expected destinations.NAME.KEY, with a NAME of up to 32 of a-z, 0-9 and -");
  }
  const auto* key = std::ranges::find(kKeys, rest.substr(dot + 1), &DestinationKey::key);
  if (key == kKeys.end()) {
    return Cat(choice.origin, ": ", Printable(choice.key), ": no such key; expected one of ",
               KnownKeys());
  }
  auto target = std::ranges::find(targets, name, &UploadTarget::name);
  if (target == targets.end()) {
    targets.emplace_back().name = name;
    target = std::prev(targets.end());
  }
  const bool shape = key->is_list ? !choice.values.empty() : choice.values.size() == 1;
  if (shape && key->set(*target, choice.values)) return "";
  return Cat(choice.origin, ": ", choice.key, ": expected ", key->accepts);
}

std::vector<std::string> DestinationMistakes(const std::vector<UploadTarget>& targets) {
  std::vector<std::string> mistakes;
  if (targets.size() > kMostTargets) {
    mistakes.push_back(
        Cat("destinations: expected at most ", kMostTargets, ", got ", targets.size()));
  }
  for (const UploadTarget& target : targets) {
    const std::string missing = Missing(target);
    if (!missing.empty()) {
      mistakes.push_back(Cat(kDestinationPrefix, target.name, ".", missing));
    }
  }
  return mistakes;
}

}  // namespace kdumpd
