// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/age.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "daemon/core/age_recipient.h"
#include "daemon/core/text.h"
#include "daemon/ship/age_crypto.h"
#include "daemon/ship/age_header.h"
#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

constexpr std::string_view kX25519Info = "age-encryption.org/v1/X25519";

std::string HeaderMac(std::string_view file_key, std::string_view covered) {
  return HmacSha256(HkdfSha256(file_key, "", "header"), covered);
}

// The key that wraps a file key: only the two who know `shared` can make it.
AgeCipher WrapCipher(std::string_view shared, std::string_view share, std::string_view recipient) {
  return AgeCipher(HkdfSha256(shared, Cat(share, recipient), kX25519Info));
}

std::unexpected<UploadError> NoRandomness() {
  return FailUpload(UploadProblem::kSource, "the system has no random bytes for a key");
}

Uploaded<std::string> StanzaFor(const AgeKey& recipient, std::string_view file_key) {
  const auto secret = RandomBytes(recipient.size());
  if (!secret) return NoRandomness();
  const auto share = X25519Public(*secret);
  const auto shared = X25519(*secret, View(recipient));
  if (!share || !shared) {
    return FailUpload(UploadProblem::kConfig, "it is a point that everybody has the key of");
  }
  std::string wrapped(file_key.size() + kAgeTag, '\0');
  WrapCipher(*shared, *share, View(recipient))
      .Seal(0, false, std::as_bytes(std::span(file_key)),
            std::as_writable_bytes(std::span(wrapped)));
  return Cat("-> X25519 ", UnpaddedBase64(*share), "\n", UnpaddedBase64(wrapped), "\n");
}

Uploaded<std::string> HeaderFor(std::span<const std::string> recipients,
                                std::string_view file_key) {
  std::string header = Cat(kAgeVersion, "\n");
  for (const std::string& recipient : recipients) {
    const std::string name = Cat("the recipient \"", Printable(recipient, 80), "\"");
    const auto key = ParseAgeRecipient(recipient);
    if (!key) {
      const bool secret = recipient.starts_with("AGE-SECRET-KEY-");
      return FailUpload(UploadProblem::kConfig,
                        Cat(secret ? "a recipient" : name, " is not an age X25519 recipient: ",
                            key.error(), "; \"age1...\" of age-keygen was expected"));
    }
    auto stanza = StanzaFor(*key, file_key);
    if (!stanza) return std::unexpected(stanza.error().In(name));
    header += *stanza;
  }
  header += kAgeFooter;
  return Cat(header, ' ', UnpaddedBase64(HeaderMac(file_key, header)), "\n");
}

struct Identity {
  std::string secret, recipient;
};

Uploaded<std::vector<Identity>> Identities(std::span<const std::string> texts) {
  std::vector<Identity> identities;
  for (const std::string& text : texts) {
    const auto key = ParseAgeIdentity(text);
    const auto point = key ? X25519Public(View(*key)) : std::nullopt;
    if (!point) {
      return FailUpload(UploadProblem::kConfig, Cat("an identity is no age secret key: ",
                                                    key ? "it has no public key" : key.error()));
    }
    identities.push_back({std::string(View(*key)), *point});
  }
  return identities;
}

std::unexpected<UploadError> Damaged(std::string_view what) {
  return FailUpload(UploadProblem::kMismatch, Cat("its age header is damaged: ", what));
}

// The file key, when the stanza is for this identity.
Uploaded<std::optional<std::string>> Unwrap(const AgeStanza& stanza, const Identity& identity) {
  if (stanza.arguments.front() != "X25519") return std::nullopt;
  const auto share =
      stanza.arguments.size() == 2 ? ParseUnpaddedBase64(stanza.arguments[1]) : std::nullopt;
  if (!share || share->size() != identity.secret.size()) {
    return Damaged("an X25519 stanza has no share of 32 bytes");
  }
  if (stanza.body.size() != kAgeKeyBytes + kAgeTag) {
    return Damaged("an X25519 stanza has no wrapped key of 16 bytes");
  }
  const auto shared = X25519(identity.secret, *share);
  if (!shared) return Damaged("an X25519 stanza has a share that gives the key away");
  std::string key(kAgeKeyBytes, '\0');
  if (!WrapCipher(*shared, *share, identity.recipient)
           .Open(0, false, std::as_bytes(std::span(stanza.body)),
                 std::as_writable_bytes(std::span(key)))) {
    return std::nullopt;
  }
  return key;
}

Uploaded<std::string> FileKey(const AgeHeader& header, std::span<const Identity> identities) {
  const bool passphrase = std::ranges::any_of(
      header.stanzas, [](const AgeStanza& stanza) { return stanza.arguments.front() == "scrypt"; });
  if (passphrase && header.stanzas.size() > 1) {
    return Damaged("a passphrase is never one of several ways");
  }
  if (passphrase) {
    return FailUpload(UploadProblem::kCredentials,
                      "it is encrypted with a passphrase, not to a recipient");
  }
  for (const AgeStanza& stanza : header.stanzas) {
    for (const Identity& identity : identities) {
      auto key = Unwrap(stanza, identity);
      if (!key) return std::unexpected(key.error());
      if (*key) return **std::move(key);
    }
  }
  return FailUpload(UploadProblem::kCredentials,
                    Cat("none of the identities opens it: it is for ", header.stanzas.size(),
                        header.stanzas.size() == 1 ? " other recipient" : " other recipients"));
}

}  // namespace

std::uint64_t AgePayloadBytes(std::uint64_t plain_bytes) {
  const std::uint64_t chunks = plain_bytes / kAgeChunk + (plain_bytes % kAgeChunk != 0 ? 1 : 0);
  return kAgeKeyBytes + plain_bytes + kAgeTag * std::max<std::uint64_t>(chunks, 1);
}

Uploaded<UploadPlan> PlanEncryption(UploadPlan plan, std::span<const std::string> recipients) {
  if (recipients.empty() || recipients.size() > kMostAgeStanzas) {
    return FailUpload(UploadProblem::kConfig, Cat(recipients.size(), " recipients: 1 to ",
                                                  kMostAgeStanzas, " were expected"));
  }
  auto file_key = RandomBytes(kAgeKeyBytes);
  auto nonce = RandomBytes(kAgeKeyBytes);
  if (!file_key || !nonce) return NoRandomness();
  auto header = HeaderFor(recipients, *file_key);
  if (!header) return std::unexpected(header.error());
  plan.age_header = *std::move(header);
  plan.file_key = *std::move(file_key);
  plan.nonce = *std::move(nonce);
  plan.stored_bytes = plan.age_header.size() + AgePayloadBytes(plan.mark.bytes);
  return plan;
}

Uploaded<OpenedAgeHeader> OpenAgeHeader(std::string_view start,
                                        std::span<const std::string> identities) {
  const auto ours = Identities(identities);
  if (!ours) return std::unexpected(ours.error());
  const auto header = ParseAgeHeader(start);
  if (!header) return std::unexpected(header.error());
  auto file_key = FileKey(*header, *ours);
  if (!file_key) return std::unexpected(file_key.error());
  if (!SameBytes(HeaderMac(*file_key, header->covered), header->mac)) {
    return Damaged("its MAC is not of this header");
  }
  return OpenedAgeHeader{*std::move(file_key), header->bytes};
}

}  // namespace kdumpd
