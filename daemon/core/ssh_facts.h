// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/fact.h"

// The files of an ssh client, as far as they decide whether it connects without a person.
namespace kdumpd {

enum class KnownHost {
  kNo,       // no entry names it
  kYes,      // a key, or an authority that signs keys
  kHashed,   // no plain entry, but names in HMAC-SHA1 form, which are not opened here
  kRevoked,  // every key with its name is revoked
};
// sshd(8) SSH_KNOWN_HOSTS FILE FORMAT. `port`: "" or "22" for the usual one.
[[nodiscard]] KnownHost MatchKnownHosts(std::string_view text, std::string_view host,
                                        std::string_view port = {});

// What is legible of a private key: never the key.
struct PrivateKey {
  std::string format;      // OPENSSH, RSA, EC, DSA, PKCS8; "" when ssh cannot read it as a key
  std::string algorithm;   // "ssh-ed25519", of the OPENSSH format only
  bool encrypted = false;  // it needs a passphrase
};
[[nodiscard]] PrivateKey ParsePrivateKey(std::string_view text);

// The HostName that ssh_config(5) text gives to `host`: the first one of the blocks that match,
// with %h replaced; "" when there is none. Match blocks other than "all" are left out.
[[nodiscard]] std::string HostNameFor(std::string_view ssh_config, std::string_view host);

struct SshKey {
  std::string path;
  bool configured = false;  // named in the configuration, not the tool's default
  std::uint32_t mode = 0;
  bool public_exists = false;  // path.pub
  PrivateKey key;
};

// The static half of an ssh target.
struct SshTarget {
  Fact<std::string> alias;  // another host name by ssh's own configuration; absent: none
  std::string missing_key;  // configured and not there: the tool takes its default instead
  Fact<SshKey> key;         // absent: no key file where the tool looks
  Fact<KnownHost> known;    // its source names the files
  bool fips = false;        // /proc/sys/crypto/fips_enabled
};

}  // namespace kdumpd
