// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/age_recipient.h"
#include "daemon/core/unique_fd.h"
#include "daemon/ship/age_header.h"
#include "daemon/ship/decrypt.h"

// An encrypted file, an identity file and a recipient, each of any bytes. The corpus has files that
// this identity opens.
namespace {

const std::vector<std::string> kIdentities = {
    "AGE-SECRET-KEY-1DD7Q9CL88HNUS3HSRZX03XTLWVRJ3GUK7GF8GQDY7E8EVMU4ACMQC8T080"};

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void Decrypted(std::string_view text) {
  const kdumpd::UniqueFd in(::memfd_create("in", MFD_CLOEXEC)),
      out(::memfd_create("out", MFD_CLOEXEC));
  Require(::write(in.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::lseek(in.get(), 0, SEEK_SET);
  const auto bytes = kdumpd::Decrypt(in.get(), out.get(), kIdentities);
  const auto written = static_cast<std::uint64_t>(::lseek(out.get(), 0, SEEK_CUR));
  Require(written < text.size() || text.empty());
  Require(bytes ? *bytes == written : !bytes.error().message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto header = kdumpd::ParseAgeHeader(text)) {
    Require(header->bytes <= size && text.substr(0, header->bytes).ends_with('\n'));
    Require(header->covered.ends_with("---") && header->mac.size() == 32);
    for (const auto& stanza : header->stanzas) Require(!stanza.arguments.empty());
  }
  Decrypted(text);
  if (const auto identities = kdumpd::ParseIdentities(text)) Require(!identities->empty());
  const auto recipient = kdumpd::ParseAgeRecipient(text);
  Require(recipient || !recipient.error().empty());
  if (const auto raw = kdumpd::ParseUnpaddedBase64(text)) {
    Require(kdumpd::UnpaddedBase64(*raw) == text);
  }
  return 0;
}
