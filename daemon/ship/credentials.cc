// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/credentials.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/ship/transfer.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostFile = 64 << 10;
constexpr std::int64_t kRenewBefore = 300;

Uploaded<std::string> ReadSecret(const std::string& path) {
  // Without blocking: a name that is a pipe must not hold us.
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  const auto fail = [&](std::string_view why) {
    return FailUpload(UploadProblem::kCredentials, Cat("reading ", Printable(path), ": ", why));
  };
  if (!file) return fail(std::generic_category().message(errno));
  std::string text(kMostFile + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(std::generic_category().message(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kMostFile) return fail("it has more than 64 KiB");
  text.resize(size);
  return text;
}

// A key goes into a header: what could end that one and begin another is none.
bool Sound(const AwsKey& key) {
  const auto plain = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  };
  return !key.id.empty() && !key.secret.empty() && plain(key.id) && plain(key.secret) &&
         plain(key.session_token);
}

}  // namespace

Uploaded<AwsKey> ParseAwsCredentials(std::string_view text) {
  AwsKey key;
  bool ours = false;
  for (std::string_view line : Lines(text)) {
    line = Trim(line);
    if (line.starts_with('[')) ours = Trim(line.substr(1, line.find(']') - 1)) == "default";
    const auto equals = line.find('=');
    if (!ours || line.starts_with('#') || line.starts_with(';') || equals == line.npos) continue;
    const std::string_view name = Trim(line.substr(0, equals));
    const std::string value(Trim(line.substr(equals + 1)));
    if (name == "aws_access_key_id") key.id = value;
    if (name == "aws_secret_access_key") key.secret = value;
    if (name == "aws_session_token") key.session_token = value;
  }
  if (!Sound(key)) {
    return FailUpload(UploadProblem::kCredentials,
                      "profile \"default\" has no aws_access_key_id and aws_secret_access_key");
  }
  return key;
}

Credentials::Credentials(std::string file, Environment environment, std::string region,
                         std::string ca_file)
    : file_(std::move(file)),
      environment_(std::move(environment)),
      region_(std::move(region)),
      ca_file_(std::move(ca_file)) {}

std::string Credentials::Variable(std::string_view name) const {
  const auto found = environment_.find(name);
  return found == environment_.end() ? "" : found->second;
}

Uploaded<AwsKey> Credentials::Get(std::int64_t now) {
  if (!file_.empty()) {
    const auto text = ReadSecret(file_);
    if (!text) return std::unexpected(text.error());
    auto key = ParseAwsCredentials(*text);
    if (!key) return std::unexpected(key.error().In(Printable(file_)));
    return key;
  }
  AwsKey key{Variable("AWS_ACCESS_KEY_ID"), Variable("AWS_SECRET_ACCESS_KEY"),
             Variable("AWS_SESSION_TOKEN")};
  if (Sound(key)) return key;
  if (!Variable("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) return WebIdentity(now);
  return FailUpload(UploadProblem::kCredentials,
                    "no credentials-file is configured, and the environment has neither "
                    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY nor AWS_WEB_IDENTITY_TOKEN_FILE");
}

Uploaded<AwsKey> Credentials::WebIdentity(std::int64_t now) {
  if (now < role_.expires - kRenewBefore) {
    return AwsKey{role_.id, role_.secret, role_.session_token};
  }
  const auto token = ReadSecret(Variable("AWS_WEB_IDENTITY_TOKEN_FILE"));
  if (!token) return std::unexpected(token.error());
  const std::string session = Variable("AWS_ROLE_SESSION_NAME");
  const std::string endpoint = Variable("AWS_ENDPOINT_URL_STS");
  Request request;
  request.method = "POST";
  request.url = endpoint.empty() ? Cat("https://sts.", region_, ".amazonaws.com/") : endpoint;
  request.headers = {{"accept", "application/xml"}};
  request.text = EncodeForm({{"Action", "AssumeRoleWithWebIdentity"},
                             {"Version", "2011-06-15"},
                             {"RoleArn", Variable("AWS_ROLE_ARN")},
                             {"RoleSessionName", session.empty() ? "kdumpd" : session},
                             {"WebIdentityToken", std::string(Trim(*token))}});
  Trust trust;
  trust.ca_file = ca_file_;
  const auto answer = Transfer(trust, {}, nullptr).Do(request);
  if (!answer) return std::unexpected(answer.error().In("asking STS"));
  if (auto error = ErrorOf(*answer, now)) {
    // Its message may repeat what was sent; its code says enough.
    const auto failure = ParseS3Failure(answer->body);
    if (error->problem == UploadProblem::kRefused) error->problem = UploadProblem::kCredentials;
    error->message = Cat("STS: ", failure ? failure->code : error->message);
    return std::unexpected(*error);
  }
  const auto role = ParseAssumedRole(answer->body);
  AwsKey key = role ? AwsKey{role->id, role->secret, role->session_token} : AwsKey{};
  if (!Sound(key)) {
    return FailUpload(UploadProblem::kServer, "STS: its answer holds no key");
  }
  role_ = *role;
  return key;
}

}  // namespace kdumpd
