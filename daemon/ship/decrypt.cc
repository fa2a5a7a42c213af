// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/decrypt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <system_error>

#include "daemon/core/age_recipient.h"
#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/ship/age.h"
#include "daemon/ship/age_crypto.h"

namespace kdumpd {
namespace {

constexpr std::size_t kSealedChunk = kAgeChunk + kAgeTag;

std::unexpected<UploadError> SystemFailed(std::string_view what) {
  return FailUpload(UploadProblem::kSource, Cat(what, ": ", std::system_category().message(errno)));
}

std::unexpected<UploadError> Damaged(std::string message) {
  return FailUpload(UploadProblem::kMismatch, std::move(message));
}

// Fills `to` as far as the input goes; how far.
Uploaded<std::size_t> Fill(int in, std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t got = ::read(in, to.data() + done, to.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemFailed("reading");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Uploaded<void> WriteAll(int out, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(out, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return SystemFailed("writing");
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

// The input, with what was read ahead of it.
class Input {
 public:
  explicit Input(int in) : in_(in), buffer_(kSealedChunk + kMostAgeHeaderBytes) {}

  // At least `count` bytes are ready, unless it ends before; all that are ready.
  Uploaded<std::span<const std::byte>> Ready(std::size_t count) {
    if (end_ - from_ < count && !over_) {
      std::memmove(buffer_.data(), buffer_.data() + from_, end_ - from_);
      end_ -= from_;
      from_ = 0;
      const auto got = Fill(in_, std::span(buffer_).subspan(end_, count - end_));
      if (!got) return std::unexpected(got.error());
      over_ = *got < count - end_;
      end_ += *got;
    }
    return std::span<const std::byte>(buffer_).subspan(from_, end_ - from_);
  }
  void Skip(std::size_t count) { from_ += count; }

 private:
  int in_;
  std::vector<std::byte> buffer_;
  std::size_t from_ = 0, end_ = 0;
  bool over_ = false;
};

// Why a chunk did not open: the same chunk in the other place tells.
UploadError WhyNot(AgeCipher& cipher, std::uint64_t index, bool last,
                   std::span<const std::byte> sealed, std::span<std::byte> scratch) {
  const bool misplaced = cipher.Open(index, !last, sealed, scratch);
  std::string message = Cat("it is damaged or reordered in chunk ", index + 1, " of 64 KiB");
  if (misplaced) {
    message = last ? Cat("it is cut off after ", index + 1, " chunks of 64 KiB")
                   : Cat("something follows its end, after ", index + 1, " chunks of 64 KiB");
  }
  return {UploadProblem::kMismatch, std::move(message)};
}

Uploaded<std::uint64_t> DecryptPayload(Input& input, int out, AgeCipher cipher) {
  std::vector<std::byte> text(kAgeChunk);
  std::uint64_t written = 0;
  for (std::uint64_t index = 0;; ++index) {
    const auto ready = input.Ready(kSealedChunk + 1);  // one more: whether this is the last
    if (!ready) return std::unexpected(ready.error());
    const bool last = ready->size() <= kSealedChunk;
    const auto sealed = ready->first(std::min(ready->size(), kSealedChunk));
    if (sealed.size() < kAgeTag) return Damaged("it is cut off within a chunk");
    if (last && index > 0 && sealed.size() == kAgeTag) {
      return Damaged("it has an empty chunk at its end, which age does not make");
    }
    if (!cipher.Open(index, last, sealed, text)) {
      return std::unexpected(WhyNot(cipher, index, last, sealed, text));
    }
    const std::size_t size = sealed.size() - kAgeTag;
    if (auto wrote = WriteAll(out, std::span(text).first(size)); !wrote) {
      return std::unexpected(wrote.error());
    }
    written += size;
    if (last) return written;
    input.Skip(kSealedChunk);
  }
}

}  // namespace

Uploaded<std::uint64_t> Decrypt(int in, int out, std::span<const std::string> identities) {
  Input input(in);
  const auto start = input.Ready(kMostAgeHeaderBytes);
  if (!start) return std::unexpected(start.error());
  const auto header = OpenAgeHeader(
      std::string_view(reinterpret_cast<const char*>(start->data()), start->size()), identities);
  if (!header) return std::unexpected(header.error());
  input.Skip(header->bytes);
  const auto payload = input.Ready(kAgeKeyBytes);
  if (!payload) return std::unexpected(payload.error());
  if (payload->size() < kAgeKeyBytes) return Damaged("it is cut off behind its header");
  const std::string nonce(reinterpret_cast<const char*>(payload->data()), kAgeKeyBytes);
  input.Skip(kAgeKeyBytes);
  return DecryptPayload(input, out, PayloadCipher(header->file_key, nonce));
}

Uploaded<std::vector<std::string>> ParseIdentities(std::string_view text) {
  const auto fail = [](std::string message) {
    return FailUpload(UploadProblem::kConfig, std::move(message));
  };
  if (text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE ")) {
    return fail("it is itself encrypted with age: decrypt it first");
  }
  if (text.starts_with("-----BEGIN ")) {
    return fail("it is a key of another kind; age secret keys (age-keygen) were expected");
  }
  std::vector<std::string> identities;
  std::size_t number = 0;
  for (std::string_view line : Lines(text)) {
    ++number;
    line = Trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    const auto key = ParseAgeIdentity(line);
    if (!key) return fail(Cat("line ", number, " is no age secret key: ", key.error()));
    identities.emplace_back(line);
  }
  if (identities.empty()) return fail("it has no secret key");
  return identities;
}

Uploaded<std::vector<std::string>> ReadIdentities(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) return SystemFailed(Cat("opening ", Printable(path)));
  std::string text(kMostIdentityFileBytes + 1, '\0');
  const auto size = Fill(file.get(), std::as_writable_bytes(std::span(text)));
  if (!size) return std::unexpected(size.error().In(Printable(path)));
  if (*size > kMostIdentityFileBytes) {
    return FailUpload(UploadProblem::kConfig, Cat(Printable(path), ": it has more than ",
                                                  FormatBytes(kMostIdentityFileBytes)));
  }
  text.resize(*size);
  auto identities = ParseIdentities(text);
  if (!identities) return std::unexpected(identities.error().In(Printable(path)));
  return identities;
}

}  // namespace kdumpd
