// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/ship/again.h"
#include "daemon/ship/counted_source.h"
#include "daemon/ship/place.h"
#include "daemon/ship/read_back.h"
#include "daemon/ship/repr_digest.h"
#include "daemon/ship/sink.h"
#include "daemon/ship/small_file.h"
#include "daemon/ship/url_encode.h"

namespace kdumpd {
namespace {

using Known = std::vector<long>;

// What a server says that does not do a method, or not here.
const Known kNotDone{400, 403, 404, 405, 409, 415, 501};
// And what it says of a Destination that it takes for another server's.
const Known kNotMoved{400, 403, 404, 405, 409, 412, 415, 501, 502};

bool OneOf(const Known& known, long status) {
  return std::ranges::find(known, status) != known.end();
}

// A server that takes PUT, and its directory. Where it knows WebDAV's MOVE (RFC 4918) an object is
// sent to NAME.part and moved, else to its name at once. An interrupted one begins anew: a PUT of
// a range (Content-Range) is for servers to refuse (RFC 9110, section 14.5), and nginx does.
class Web : public Sink {
 public:
  Web(SinkInput input, Place place)
      : input_(std::move(input)),
        place_(std::move(place)),
        transfer_(Trust{}, Patience{}, input_.pace) {}

  [[nodiscard]] Uploaded<std::uint64_t> PartBytes(std::uint64_t) const override { return 0; }
  Uploaded<void> Send(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<StoredObject> Verify(const std::string& name, Source& source, Steps& steps) override;
  Uploaded<void> Confirm(const std::string& name, const StoredObject& stored) override;
  void CleanUp(const std::string& name, Steps& steps) override;

 private:
  // One request, now. An error for a status that is neither good nor one of `known`.
  Uploaded<Answer> Once(const Request& request, const Known& known = {});
  Uploaded<Answer> Ask(const Request& request, const Known& known = {}) {
    return again_.Until([&] { return Once(request, known); });
  }
  Uploaded<Trust> TrustNow() const;
  // Its size is what it is to be and all its bytes too.
  Uploaded<bool> Holds(const std::string& name, Source& source);
  Uploaded<void> MakeDirectories(const std::string& name);
  // Whether the server knows MOVE: asked with a name that is not there, before much is sent.
  Uploaded<bool> Moves(const std::string& name);
  Uploaded<void> Put(const std::string& name, Source& source);
  // False: it does not do that after all.
  Uploaded<bool> Move(const std::string& from, const std::string& to, std::uint64_t bytes);
  // If that can be: what is left over does no harm.
  void Delete(const std::string& name) {
    [[maybe_unused]] const auto gone =
        Once({.method = "DELETE", .url = place_.Url(name)}, kNotDone);
  }
  // How it was found to be what it is to be. `may_say`: the server's word is enough.
  Uploaded<UploadProof> IsObject(const std::string& name, std::uint64_t bytes,
                                 std::string_view sha256, bool may_say);

  SinkInput input_;
  Place place_;
  Transfer transfer_;
  Again again_;
  std::optional<bool> moves_;
  std::set<std::string, std::less<>> made_;
};

Uploaded<Trust> Web::TrustNow() const {
  const UploadTarget& target = input_.target;
  Trust trust;
  trust.ca_file = target.ca_file;
  if (!target.token_file.empty()) {
    auto token = SecretLine(target.token_file, "token-file");
    if (!token) return std::unexpected(token.error());
    trust.bearer = *std::move(token);
  } else if (!target.password_file.empty()) {
    auto password = SecretLine(target.password_file, "password-file");
    if (!password) return std::unexpected(password.error());
    trust.user = target.user.empty() ? place_.user : target.user;
    trust.password = *std::move(password);
  }
  return trust;
}

Uploaded<Answer> Web::Once(const Request& request, const Known& known) {
  auto trust = TrustNow();
  if (!trust) return std::unexpected(trust.error());
  transfer_.Trusting(*std::move(trust));
  auto answer = transfer_.Do(request);
  if (!answer || OneOf(known, answer->status)) return answer;
  if (auto error = ErrorOf(*answer, input_.now())) {
    return std::unexpected(error->In(request.method));
  }
  return answer;
}

Uploaded<bool> Web::Holds(const std::string& name, Source& source) {
  auto head = Ask({.method = "HEAD", .url = place_.Url(name)}, kNotDone);
  if (!head) return std::unexpected(head.error());
  if (head->status != 200 || head->bytes != source.bytes()) return false;
  auto same = again_.Until([&]() -> Uploaded<bool> {
    CompareBack compare(source, 0, source.bytes());
    const Request request{.url = place_.Url(name),
                          .take = [&](auto bytes) { return compare.Take(bytes); }};
    auto answer = Once(request, kNotDone);
    if (!answer) return std::unexpected(answer.error());
    return answer->status == 200 ? compare.Same() : false;
  });
  // What cannot be read back is not worth keeping.
  const bool broken = !same && (same.error().problem == UploadProblem::kUnreachable ||
                                same.error().problem == UploadProblem::kServer);
  return broken ? false : same;
}

// Before the object is sent: nginx takes all of it before it says that there is no directory.
Uploaded<void> Web::MakeDirectories(const std::string& name) {
  for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
    const std::string directory = name.substr(0, at + 1);
    if (made_.contains(directory)) continue;
    // One that is there is 405; a server without directories says something of its own.
    auto answer = Ask({.method = "MKCOL", .url = place_.Url(directory)}, kNotDone);
    if (!answer) return std::unexpected(answer.error());
    made_.insert(directory);
  }
  return {};
}

Uploaded<bool> Web::Moves(const std::string& name) {
  if (moves_) return *moves_;
  const Request request{.method = "MOVE",
                        .url = place_.Url(name + ".part.none"),
                        .headers = {{"Destination", place_.Url(name + ".part")}}};
  // What knows it says that there is no such thing, or dislikes how Destination is written.
  auto answer = Ask(request, kNotMoved);
  if (!answer) return std::unexpected(answer.error());
  moves_ = !OneOf({403, 405, 415, 501}, answer->status);
  return *moves_;
}

Uploaded<bool> Web::Move(const std::string& from, const std::string& to, std::uint64_t bytes) {
  // As a URL for Apache; as a path alone for a server that a proxy before it knows by another name.
  const std::string path = EncodePath(Cat(place_.path, "/", to));
  for (const std::string& destination : {place_.Url(to), path}) {
    const Request request{.method = "MOVE",
                          .url = place_.Url(from),
                          .headers = {{"Destination", destination}, {"Overwrite", "T"}}};
    auto answer = Ask(request, kNotMoved);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status < 300) return true;
    if (answer->status == 404) break;
  }
  // Perhaps it was done, and the answer got lost.
  auto head = Ask({.method = "HEAD", .url = place_.Url(to)}, kNotDone);
  if (!head) return std::unexpected(head.error());
  auto part = Ask({.method = "HEAD", .url = place_.Url(from)}, kNotDone);
  if (!part) return std::unexpected(part.error());
  return head->status == 200 && head->bytes == bytes && part->status == 404;
}

Uploaded<void> Web::Put(const std::string& name, Source& source) {
  auto answer = Ask({.method = "PUT",
                     .url = place_.Url(name),
                     .headers = {{"Content-Type", "application/octet-stream"}},
                     .source = &source,
                     .bytes = source.bytes()});
  if (!answer) return std::unexpected(answer.error());
  return source.Check();
}

Uploaded<void> Web::Send(const std::string& name, Source& source, Steps& steps) {
  if (auto fit = CheckObjectName(name); !fit) return fit;
  auto holds = Holds(name, source);
  if (!holds) return std::unexpected(holds.error());
  if (*holds) {
    steps.Sent(source.bytes());
    return {};
  }
  if (auto made = MakeDirectories(name); !made) return made;
  auto moves = Moves(name);
  if (!moves) return std::unexpected(moves.error());
  CountedSource counted(source, steps);
  if (*moves) {
    const std::string part = name + ".part";
    if (auto put = Put(part, counted); !put) return put;
    auto moved = Move(part, name, source.bytes());
    if (!moved) return std::unexpected(moved.error());
    moves_ = *moved;
    if (!*moved) Delete(part);
  }
  if (!*moves_) {
    if (auto put = Put(name, counted); !put) return put;
  }
  steps.Sent(source.bytes());
  return {};
}

Uploaded<UploadProof> Web::IsObject(const std::string& name, std::uint64_t bytes,
                                    std::string_view sha256, bool may_say) {
  if (auto fit = CheckObjectName(name); !fit) return std::unexpected(fit.error());
  const Request ask{.method = "HEAD",
                    .url = place_.Url(name),
                    .headers = {{"Want-Repr-Digest", "sha-256=1"}, {"Want-Digest", "sha-256"}}};
  auto head = Ask(ask, {404, 405, 501});
  if (!head) return std::unexpected(head.error());
  if (head->status == 404) return FailMissing();
  if (head->status == 200 && head->bytes) {
    if (*head->bytes != bytes) return FailSize(*head->bytes, bytes);
    if (may_say && SaysSha256(*head, sha256)) return UploadProof::kChecksum;
  }
  return again_.Until([&]() -> Uploaded<UploadProof> {
    HashBack hash(bytes);
    const Request request{.url = place_.Url(name),
                          .take = [&](auto piece) { return hash.Take(piece); }};
    auto answer = Once(request, {404});
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 404) return FailMissing();
    if (auto is = hash.Is(sha256); !is) return std::unexpected(is.error());
    return UploadProof::kReadBack;
  });
}

Uploaded<StoredObject> Web::Verify(const std::string& name, Source& source, Steps& steps) {
  auto object = ExpectedOf(source, steps, input_.now());
  if (!object) return object;
  auto proof =
      IsObject(name, object->stored_bytes, object->stored_sha256, !input_.target.read_back);
  if (!proof) return std::unexpected(proof.error());
  object->proof = *proof;
  return object;
}

Uploaded<void> Web::Confirm(const std::string& name, const StoredObject& stored) {
  const bool may_say = stored.proof == UploadProof::kChecksum && !input_.target.read_back;
  auto proof = IsObject(name, stored.stored_bytes, stored.stored_sha256, may_say);
  if (!proof) return std::unexpected(proof.error());
  return {};
}

void Web::CleanUp(const std::string& name, Steps&) {
  if (!CheckObjectName(name)) return;
  Delete(name + ".part");
}

std::unexpected<UploadError> Unfit(std::string_view why) {
  return FailUpload(UploadProblem::kConfig, std::string(why));
}

}  // namespace

Uploaded<std::unique_ptr<Sink>> OpenWeb(SinkInput input) {
  const UploadTarget& target = input.target;
  auto place = PlaceOf(target.url);
  if (!place) return std::unexpected(place.error());
  const bool clear = place->scheme == "http";
  if ((!clear && place->scheme != "https") || place->host.empty()) {
    return Unfit("expected http(s)://HOST[:PORT]/PATH");
  }
  const bool user = !target.user.empty() || !place->user.empty();
  if (user != !target.password_file.empty()) return Unfit("user and password-file need each other");
  if (user && !target.token_file.empty()) return Unfit("expected a password or a token, not both");
  if (clear && (user || !target.token_file.empty()) && !place->Loopback()) {
    return Unfit("without TLS everybody on the way could read the password or token: use https");
  }
  return std::make_unique<Web>(std::move(input), *std::move(place));
}

}  // namespace kdumpd
