// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/ssh_key.h"

#include <openssl/evp.h>

#include <string>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using namespace std::string_view_literals;

// What is between the lines of OpenSSH's own format (PROTOCOL.key), decoded; "" it is another.
std::string OpenSshKey(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + kBegin.size());
  std::string letters;
  for (const char c : text.substr(0, text.find('-'))) {
    if (c != '\n' && c != '\r' && c != ' ') letters += c;
  }
  std::string raw(letters.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(raw.data()),
                                   reinterpret_cast<const unsigned char*>(letters.data()),
                                   static_cast<int>(letters.size()));
  raw.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return raw;
}

}  // namespace

Uploaded<void> CheckSshKey(std::string_view text) {
  const std::string key = OpenSshKey(text);
  constexpr auto kMagic = "openssh-key-v1\0"sv;
  if (text.contains("BEGIN RSA PRIVATE KEY") || key.contains("\0\0\0\7ssh-rsa"sv)) {
    return FailUpload(UploadProblem::kConfig,
                      "key-file is an RSA key, which cannot be used here: make an ed25519 or ECDSA "
                      "key (ssh-keygen -t ed25519)");
  }
  const bool sealed =
      key.starts_with(kMagic) && !key.substr(kMagic.size()).starts_with("\0\0\0\4none"sv);
  if (sealed || text.contains("Proc-Type: 4,ENCRYPTED") ||
      text.contains("BEGIN ENCRYPTED PRIVATE KEY")) {
    return FailUpload(UploadProblem::kConfig, "key-file needs a passphrase: make a key without");
  }
  return {};
}

std::string QuoteForSftp(std::string_view path) {
  std::string text = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace kdumpd
