// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "daemon/core/text.h"
#include "daemon/ship/again.h"
#include "daemon/ship/counted_source.h"
#include "daemon/ship/place.h"
#include "daemon/ship/read_back.h"
#include "daemon/ship/sink.h"
#include "daemon/ship/small_file.h"
#include "daemon/ship/ssh_key.h"

namespace kdumpd {
namespace {

// A directory of an SFTP server. An object is sent to NAME.part, which goes on where it ends, and
// renamed when all of it is there.
class Sftp : public Sink {
 public:
  Sftp(SinkInput input, Place place, const Trust& trust)
      : input_(std::move(input)),
        place_(std::move(place)),
        transfer_(trust, Patience{}, input_.pace) {}

  [[nodiscard]] Uploaded<std::uint64_t> PartBytes(std::uint64_t) const override { return 0; }
  Uploaded<void> Send(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<StoredObject> Verify(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<void> Confirm(const std::string& name, const StoredObject& stored) override;
  void CleanUp(const std::string& name, Steps& steps) override;

 private:
  // One object on its way: what of its part is known to be right is not compared again.
  struct Sending {
    const std::string& name;
    Source& source;
    std::uint64_t compared = 0;
  };
  Uploaded<void> SendOnce(Sending& sending);
  Uploaded<void> Put(const std::string& part, Source& source, std::uint64_t from);
  std::unexpected<UploadError> WhyNot(const std::string& part, std::uint64_t from,
                                      UploadError error);
  Uploaded<void> Rename(const std::string& from, const std::string& to);
  Uploaded<Answer> Ask(const Request& request);
  // Nothing: there is no such file.
  Uploaded<std::optional<std::uint64_t>> SizeOf(const std::string& name);
  Uploaded<bool> Same(const std::string& name, Source& source, std::uint64_t from,
                      std::uint64_t to);
  Uploaded<void> IsObject(const std::string& name, std::uint64_t bytes, std::string_view sha256);
  [[nodiscard]] std::string Quoted(const std::string& name) const {
    return QuoteForSftp(Cat(place_.path, "/", name));
  }

  SinkInput input_;
  Place place_;
  Transfer transfer_;
  Again again_;
};

Uploaded<Answer> Sftp::Ask(const Request& request) {
  auto key = SmallFile(input_.target.key_file, "key-file");
  if (!key) return std::unexpected(key.error());
  if (auto fit = CheckSshKey(*key); !fit) return std::unexpected(fit.error());
  return transfer_.Do(request);
}

Uploaded<std::optional<std::uint64_t>> Sftp::SizeOf(const std::string& name) {
  auto answer = Ask({.method = "HEAD", .url = place_.Url(name)});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 404) return std::nullopt;
  return answer->bytes.value_or(0);
}

Uploaded<bool> Sftp::Same(const std::string& name, Source& source, std::uint64_t from,
                          std::uint64_t to) {
  if (from == to) return true;
  CompareBack compare(source, from, to);
  auto answer = Ask({.url = place_.Url(name),
                     .take = [&](auto bytes) { return compare.Take(bytes); },
                     .range = std::pair(from, to - 1)});
  if (!answer) return std::unexpected(answer.error());
  return compare.Same();
}

Uploaded<void> Sftp::Put(const std::string& part, Source& source, std::uint64_t from) {
  auto answer = Ask({.method = "PUT",
                     .url = place_.Url(part),
                     .source = &source,
                     .offset = from,
                     .bytes = source.bytes() - from,
                     .append = from > 0});
  if (!answer) return std::unexpected(answer.error());
  return {};
}

// A write that the server refuses, for want of space say, is to libcurl what a broken connection
// is. A server that answers, and has taken nothing, is no broken connection.
std::unexpected<UploadError> Sftp::WhyNot(const std::string& part, std::uint64_t from,
                                          UploadError error) {
  if (error.problem != UploadProblem::kUnreachable) return std::unexpected(std::move(error));
  const auto has = SizeOf(part);
  if (!has || has->value_or(0) > from) return std::unexpected(std::move(error));
  return FailUpload(UploadProblem::kRefused, Cat("the server takes no more than the first ", from,
                                                 " bytes, for want of space perhaps"));
}

// SFTP's rename (version 3, which libssh2 speaks with OpenSSH) refuses a name that is taken, and
// libcurl has no posix-rename: the old object is removed first. Should we end between the two, all
// of the new one is in its part, and the next attempt names it.
Uploaded<void> Sftp::Rename(const std::string& from, const std::string& to) {
  const std::string rename = Cat("rename ", Quoted(from), " ", Quoted(to));
  Request request{.method = "HEAD", .url = place_.Url(to), .before = {rename}};
  auto answer = Ask(request);
  if (!answer && answer.error().problem == UploadProblem::kRefused) {
    request.before.insert(request.before.begin(), Cat("*rm ", Quoted(to)));
    answer = Ask(request);
  }
  if (!answer) return std::unexpected(answer.error().In("renaming"));
  if (answer->status == 404) return FailMissing();
  return {};
}

Uploaded<void> Sftp::SendOnce(Sending& sending) {
  Source& source = sending.source;
  const std::uint64_t bytes = source.bytes();
  // An attempt that ended between the rename and its record.
  auto whole = SizeOf(sending.name);
  if (!whole) return std::unexpected(whole.error());
  if (*whole == bytes) {
    auto same = Same(sending.name, source, 0, bytes);
    if (!same) return std::unexpected(same.error());
    if (*same) return {};
  }
  const std::string part = sending.name + ".part";
  auto has = SizeOf(part);
  if (!has) return std::unexpected(has.error());
  std::uint64_t from = has->value_or(0) <= bytes ? has->value_or(0) : 0;
  if (from < sending.compared) sending.compared = 0;
  auto same = Same(part, source, sending.compared, from);
  if (!same) return std::unexpected(same.error());
  if (!*same) from = 0;
  sending.compared = from;
  if (from < bytes || !*has || **has > bytes) {
    if (auto put = Put(part, source, from); !put) return WhyNot(part, from, put.error());
  }
  if (auto unchanged = source.Check(); !unchanged) return unchanged;
  auto now = SizeOf(part);
  if (!now) return std::unexpected(now.error());
  if (*now != bytes) return FailSize(now->value_or(0), bytes);
  return Rename(part, sending.name);
}

Uploaded<void> Sftp::Send(const std::string& name, Source& source, Steps& steps) {
  if (auto fit = CheckObjectName(name); !fit) return fit;
  CountedSource counted(source, steps);
  Sending sending{.name = name, .source = counted};
  auto sent = again_.Until([&] { return SendOnce(sending); });
  if (sent) steps.Sent(source.bytes());
  return sent;
}

Uploaded<void> Sftp::IsObject(const std::string& name, std::uint64_t bytes,
                              std::string_view sha256) {
  if (auto fit = CheckObjectName(name); !fit) return fit;
  return again_.Until([&]() -> Uploaded<void> {
    auto size = SizeOf(name);
    if (!size) return std::unexpected(size.error());
    if (!*size) return FailMissing();
    if (**size != bytes) return FailSize(**size, bytes);
    HashBack hash(bytes);
    auto answer =
        Ask({.url = place_.Url(name), .take = [&](auto piece) { return hash.Take(piece); }});
    if (!answer) return std::unexpected(answer.error());
    return hash.Is(sha256);
  });
}

Uploaded<StoredObject> Sftp::Verify(const std::string& name, Source& source, Steps& steps) {
  auto object = ExpectedOf(source, steps, input_.now());
  if (!object) return object;
  if (auto is = IsObject(name, object->stored_bytes, object->stored_sha256); !is) {
    return std::unexpected(is.error());
  }
  object->proof = UploadProof::kReadBack;
  return object;
}

Uploaded<void> Sftp::Confirm(const std::string& name, const StoredObject& stored) {
  return IsObject(name, stored.stored_bytes, stored.stored_sha256);
}

void Sftp::CleanUp(const std::string& name, Steps&) {
  if (!CheckObjectName(name)) return;
  auto whole = SizeOf(name);
  if (!whole || !*whole) return;
  const Request request{
      .method = "HEAD", .url = place_.Url(name), .before = {Cat("*rm ", Quoted(name + ".part"))}};
  // What is left over does no harm.
  [[maybe_unused]] const auto gone = Ask(request);
}

std::unexpected<UploadError> Unfit(std::string_view why) {
  return FailUpload(UploadProblem::kConfig, std::string(why));
}

}  // namespace

Uploaded<std::unique_ptr<Sink>> OpenSftp(SinkInput input) {
  const UploadTarget& target = input.target;
  auto place = PlaceOf(target.url);
  if (!place) return std::unexpected(place.error());
  if (place->scheme != "sftp" || place->host.empty() || place->path.empty() ||
      place->path.starts_with("/~")) {
    return Unfit("expected sftp://[USER@]HOST[:PORT]/PATH, with the whole path on the server");
  }
  constexpr std::string_view kSha256 = "SHA256:";
  Trust trust;
  trust.known_hosts = target.known_hosts;
  trust.user = target.user.empty() ? place->user : target.user;
  trust.private_key = target.key_file;
  if (trust.user.empty()) return Unfit("sftp needs a user");
  if (trust.private_key.empty()) return Unfit("sftp needs a key-file");
  if (!target.host_key.empty()) {
    if (!target.host_key.starts_with(kSha256)) return Unfit("host-key begins with SHA256:");
    trust.host_key_sha256 = target.host_key.substr(kSha256.size());
  }
  if (trust.host_key_sha256.empty() && trust.known_hosts.empty()) {
    return Unfit("sftp needs host-key or known-hosts: whoever answers would get the dump");
  }
  return std::make_unique<Sftp>(std::move(input), *std::move(place), trust);
}

}  // namespace kdumpd
