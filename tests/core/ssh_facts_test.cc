// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/ssh_facts.h"

#include <gtest/gtest.h>

#include <vector>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

TEST(SshFacts, MatchesKnownHosts) {
  struct Row {
    const char* what;
    const char* text;
    const char* host;
    const char* port;
    KnownHost expected;
  };
  constexpr auto kYes = KnownHost::kYes;
  constexpr auto kNo = KnownHost::kNo;
  const std::vector<Row> rows{
      {"plain", "backup ssh-ed25519 AAAA\n", "backup", "", kYes},
      {"nothing", "", "backup", "", kNo},
      {"one letter short", "backu ssh-ed25519 AAAA\n", "backup", "", kNo},
      {"one letter long", "backups ssh-ed25519 AAAA\n", "backup", "", kNo},
      {"in a list", "192.0.2.9,backup,b ssh-rsa AAAA root@x\n", "backup", "", kYes},
      {"case does not count", "BackUp ssh-rsa AAAA\n", "bAckup", "", kYes},
      {"a comment", "# backup ssh-rsa AAAA\n", "backup", "", kNo},
      {"no key", "backup ssh-rsa\n", "backup", "", kNo},
      {"a star", "*.example.com ssh-rsa AAAA\n", "b.example.com", "", kYes},
      {"a star stands for nothing too", "b*up ssh-rsa AAAA\n", "bup", "", kYes},
      {"a star, wrong end", "*.example.com ssh-rsa AAAA\n", "b.example.org", "", kNo},
      {"a question mark", "backu? ssh-rsa AAAA\n", "backup", "", kYes},
      {"a question mark is not nothing", "backup? ssh-rsa AAAA\n", "backup", "", kNo},
      {"negated", "*.example.com,!b.example.com ssh-rsa AAAA\n", "b.example.com", "", kNo},
      {"another negated", "*.example.com,!c.example.com ssh-rsa AAAA\n", "b.example.com", "", kYes},
      {"only negated", "!c.example.com ssh-rsa AAAA\n", "b.example.com", "", kNo},
      {"a port", "[backup]:2222 ssh-rsa AAAA\n", "backup", "2222", kYes},
      {"another port", "[backup]:2223 ssh-rsa AAAA\n", "backup", "2222", kNo},
      {"a port in the entry only", "[backup]:2222 ssh-rsa AAAA\n", "backup", "", kNo},
      {"the usual port", "backup ssh-rsa AAAA\n", "backup", "22", kYes},
      {"ssh falls back to the bare name", "backup ssh-rsa AAAA\n", "backup", "2222", kYes},
      {"an authority", "@cert-authority *.example.com ssh-rsa AAAA\n", "b.example.com", "", kYes},
      {"an unknown marker", "@other backup ssh-rsa AAAA\n", "backup", "", kNo},
      {"revoked alone", "@revoked backup ssh-rsa AAAA\n", "backup", "", kNo},
      {"its key revoked", "backup ssh-rsa AAAA\n@revoked * ssh-rsa AAAA\n", "backup", "",
       KnownHost::kRevoked},
      {"another key revoked", "backup ssh-rsa AAAA\n@revoked * ssh-rsa BBBB\n", "backup", "", kYes},
      {"hashed", "|1|c2FsdA==|aGFzaA== ssh-rsa AAAA\n", "backup", "", KnownHost::kHashed},
      {"hashed, and a plain one", "|1|c2FsdA==|aGFzaA== ssh-rsa A\nbackup ssh-rsa B\n", "backup",
       "", kYes},
      {"hashed revoked", "@revoked |1|c2FsdA==|aGFzaA== ssh-rsa AAAA\n", "backup", "", kNo},
      {"an address", "2001:db8::9 ssh-rsa AAAA\n", "2001:db8::9", "", kYes},
      {"CR LF", "backup ssh-rsa AAAA\r\n", "backup", "", kYes},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(MatchKnownHosts(row.text, row.host, row.port), row.expected) << row.what;
  }
}

// What keys without and with a passphrase begin with; there is no key behind it.
constexpr std::string_view kPlainHead =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
    "QyNTUxOQAAACD\n";
constexpr std::string_view kLockedHead =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA=\n";

TEST(SshFacts, TellsPrivateKeysApart) {
  struct Row {
    const char* what;
    std::string text;
    const char* format;
    const char* algorithm;
    bool encrypted;
  };
  const std::vector<Row> rows{
      {"OPENSSH", std::string(kPlainHead), "OPENSSH", "ssh-ed25519", false},
      {"OPENSSH with a passphrase", std::string(kLockedHead), "OPENSSH", "", true},
      {"OPENSSH, cut off before the cipher",
       "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5v\n", "", "", false},
      {"OPENSSH, wrong magic", "-----BEGIN OPENSSH PRIVATE KEY-----\nYmJiYmJiYmJiYmJiYmJi\n", "",
       "", false},
      {"RSA", "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n", "RSA", "", false},
      {"RSA with a passphrase",
       "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
       "AES-128-CBC,00\n\nMIIB\n",
       "RSA", "", true},
      {"the header in the body is no header",
       "-----BEGIN RSA PRIVATE KEY-----\n\nProc-Type: 4,ENCRYPTED\n", "RSA", "", false},
      {"EC", "-----BEGIN EC PRIVATE KEY-----\nMHcC\n", "EC", "", false},
      {"PKCS8", "-----BEGIN PRIVATE KEY-----\nMIIE\n", "PKCS8", "", false},
      {"PKCS8 with a passphrase", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n", "PKCS8", "",
       true},
      {"text before it", "a comment\n-----BEGIN DSA PRIVATE KEY-----\r\nMIIB\r\n", "DSA", "",
       false},
      {"a public key", "ssh-ed25519 AAAAC3Nz root@node\n", "", "", false},
      {"a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n", "", "", false},
      {"PuTTY's", "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "", "", false},
      {"an unknown kind", "-----BEGIN ANY PRIVATE KEY-----\nMIIB\n", "", "", false},
      {"empty", "", "", "", false},
  };
  for (const Row& row : rows) {
    const PrivateKey key = ParsePrivateKey(row.text);
    EXPECT_EQ(key.format, row.format) << row.what;
    EXPECT_EQ(key.algorithm, row.algorithm) << row.what;
    EXPECT_EQ(key.encrypted, row.encrypted) << row.what;
  }
}

TEST(SshFacts, FindsAliases) {
  struct Row {
    const char* what;
    const char* text;
    const char* host;
    const char* expected;
  };
  const std::vector<Row> rows{
      {"none", "", "backup", ""},
      {"an alias", "Host backup\n  HostName b.example.com\n", "backup", "b.example.com"},
      {"another host", "Host other\n  HostName b.example.com\n", "backup", ""},
      {"keywords have no case, '=' will do", "HOST backup\nhostname=b.example.com\n", "backup",
       "b.example.com"},
      {"quotes", "Host \"backup\"\nHostName \"b.example.com\"\n", "backup", "b.example.com"},
      {"several patterns", "Host a b* c\nHostName x\n", "backup", "x"},
      {"negated", "Host * !backup\nHostName x\n", "backup", ""},
      {"before any block", "HostName x\n", "backup", "x"},
      {"the first counts", "Host b*\nHostName x\nHost backup\nHostName y\n", "backup", "x"},
      {"%h", "Host *\nHostName %h.example.com\n", "backup", "backup.example.com"},
      {"%%", "Host *\nHostName a%%b%c\n", "backup", "a%b%c"},
      {"match all", "Match all\nHostName x\n", "backup", "x"},
      {"other conditions are not judged", "Match exec true\nHostName x\n", "backup", ""},
      {"a comment", "Host backup\n#HostName x\n", "backup", ""},
      {"HostKeyAlias is another thing", "Host backup\nHostKeyAlias x\n", "backup", ""},
      {"no value", "Host backup\nHostName\n", "backup", ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(HostNameFor(row.text, row.host), row.expected) << row.what;
  }
}

// A pattern that would take a backtracking matcher for ever.
TEST(SshFacts, MatchesHostilePatternsQuickly) {
  std::string pattern;
  for (int i = 0; i < 2000; ++i) pattern += "a*";
  const std::string host(4000, 'a');
  EXPECT_EQ(MatchKnownHosts(Cat(pattern, "b ssh-rsa AAAA"), host), KnownHost::kNo);
}

}  // namespace
}  // namespace kdumpd
