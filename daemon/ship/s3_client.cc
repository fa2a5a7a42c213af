// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "daemon/core/text.h"
#include "daemon/ship/digest.h"
#include "daemon/ship/s3_xml.h"
#include "daemon/ship/url_encode.h"

namespace kdumpd {
namespace {

constexpr int kAttempts = 4;
constexpr double kFirstWait = 0.2, kLongestWait = 5;
constexpr std::int64_t kMostRetryAfter = 10;
// AWS takes fifteen minutes; a refusal without a reason is the clock's fault only beyond five.
constexpr std::int64_t kClockMayDiffer = 300;

struct Row {
  std::string_view code;
  UploadProblem problem;
};
constexpr std::array kProblems{
    Row{"SlowDown", UploadProblem::kThrottled},
    Row{"ServiceUnavailable", UploadProblem::kThrottled},
    Row{"RequestLimitExceeded", UploadProblem::kThrottled},
    Row{"TooManyRequests", UploadProblem::kThrottled},
    Row{"InternalError", UploadProblem::kServer},
    Row{"OperationAborted", UploadProblem::kServer},
    Row{"RequestTimeout", UploadProblem::kTimeout},
    Row{"InvalidAccessKeyId", UploadProblem::kCredentials},
    Row{"SignatureDoesNotMatch", UploadProblem::kCredentials},
    Row{"ExpiredToken", UploadProblem::kCredentials},
    Row{"InvalidToken", UploadProblem::kCredentials},
    Row{"TokenRefreshRequired", UploadProblem::kCredentials},
    Row{"InvalidSecurity", UploadProblem::kCredentials},
    Row{"RequestTimeTooSkewed", UploadProblem::kCredentials},
    Row{"AccessDenied", UploadProblem::kRefused},
    Row{"NotImplemented", UploadProblem::kRefused},
    Row{"NoSuchBucket", UploadProblem::kRefused},
    Row{"QuotaExceeded", UploadProblem::kRefused},
    Row{"BadDigest", UploadProblem::kMismatch},
    Row{"InvalidDigest", UploadProblem::kMismatch},
    Row{"XAmzContentSHA256Mismatch", UploadProblem::kMismatch},
    Row{"AuthorizationHeaderMalformed", UploadProblem::kConfig},
    Row{"PermanentRedirect", UploadProblem::kConfig},
    Row{"IllegalLocationConstraintException", UploadProblem::kConfig},
};

bool Passes(UploadProblem problem) {
  return problem == UploadProblem::kUnreachable || problem == UploadProblem::kTimeout ||
         problem == UploadProblem::kServer || problem == UploadProblem::kThrottled;
}

Trust TrustOf(const std::string& ca_file) {
  Trust trust;
  trust.ca_file = ca_file;
  return trust;
}

// What the answer says went wrong, if anything. A completion's 200 comes before its outcome.
void Judge(const S3Call& call, std::int64_t now, S3Result& result) {
  const Answer& answer = result.answer;
  result.error = ErrorOf(answer, now);
  if (!result.error && call.method != "POST") return;
  const auto failure = ParseS3Failure(answer.body);
  if (!result.error && !failure) return;
  if (!result.error) result.error.emplace(UploadProblem::kServer, "HTTP status 200", 0);
  UploadError& error = *result.error;
  if (answer.status >= 300 && answer.status < 400) error.problem = UploadProblem::kConfig;
  if (failure) {
    result.code = failure->code;
    error.problem = ProblemOfS3(result.code).value_or(error.problem);
    error.message += Cat(", ", result.code);
    // What was refused for its signature may be told back in words.
    if (error.problem != UploadProblem::kCredentials && !failure->message.empty()) {
      error.message += Cat(": ", failure->message);
    }
  }
  if (const std::string_view region = answer.Header("x-amz-bucket-region");
      error.problem == UploadProblem::kConfig && !region.empty()) {
    error.message += Cat("; the bucket is in region ", Printable(region, 64));
  }
}

}  // namespace

std::optional<UploadProblem> ProblemOfS3(std::string_view code) {
  const auto* row = std::ranges::find(kProblems, code, &Row::code);
  if (row == kProblems.end()) return std::nullopt;
  return row->problem;
}

S3Client::S3Client(S3Address address, const SinkInput& input)
    : address_(std::move(address)),
      region_(input.target.region),
      sign_payload_(input.target.sign_payload || address_.scheme == "http"),
      now_(input.now),
      credentials_(input.target.credentials_file, input.environment, input.target.region,
                   input.target.ca_file),
      transfer_(TrustOf(input.target.ca_file), {}, input.pace) {}

S3Result S3Client::Ask(const S3Call& call, const AwsKey& key) {
  Signable signable{.method = call.method,
                    .host = address_.host,
                    .path = address_.Path(call.key),
                    .query = call.query,
                    .headers = call.headers,
                    .region = region_};
  const bool body = call.source != nullptr && call.bytes > 0;
  signable.payload_hash = !body           ? Hex(Sha256(call.text))
                          : sign_payload_ ? call.sha256
                                          : std::string(kUnsignedPayload);
  if (call.method == "PUT" || call.method == "POST") {
    signable.headers.emplace_back("content-type", "application/octet-stream");
  }
  std::string url = Cat(address_.scheme, "://", address_.host, EncodePath(signable.path));
  if (!call.query.empty()) url += Cat("?", EncodeQuery(call.query));
  Request request{.method = call.method,
                  .url = std::move(url),
                  .headers = signable.headers,
                  .source = call.source,
                  .offset = call.offset,
                  .bytes = call.bytes,
                  .text = call.text,
                  .take = call.take,
                  .range = call.range};
  for (auto& header : SignV4(signable, key, now_() + skew_)) {
    request.headers.push_back(std::move(header));
  }
  S3Result result;
  if (auto answer = transfer_.Do(request)) {
    result.answer = *std::move(answer);
    Judge(call, now_(), result);
  } else {
    result.error = answer.error();
  }
  return result;
}

bool S3Client::AdoptClock(const S3Result& refused) {
  if (refused.answer.status != 403) return false;
  const std::time_t date =
      curl_getdate(std::string(refused.answer.Header("date")).c_str(), nullptr);
  if (date <= 0) return false;
  const std::int64_t skew = date - now_();
  // An answer to HEAD has no body that could say why.
  const bool said = refused.code == "RequestTimeTooSkewed" || refused.code.empty();
  if (!said || std::abs(skew - skew_) <= kClockMayDiffer) return false;
  skew_ = skew;
  return true;
}

S3Result S3Client::Once(const S3Call& call) {
  const auto key = credentials_.Get(now_());
  if (!key) return {.error = key.error()};
  S3Result result = Ask(call, *key);
  if (result.error && AdoptClock(result)) result = Ask(call, *key);
  if (!result.error ||
      (result.error->problem != UploadProblem::kCredentials && result.answer.status != 403)) {
    return result;
  }
  credentials_.Forget();
  const auto renewed = credentials_.Get(now_());
  if (renewed && *renewed != *key) result = Ask(call, *renewed);
  return result;
}

std::optional<double> S3Client::WaitBefore(int attempt, const UploadError& error) {
  if (error.retry_after_seconds > kMostRetryAfter) return std::nullopt;
  if (error.retry_after_seconds > 0) return static_cast<double>(error.retry_after_seconds);
  const double most = std::min(kLongestWait, kFirstWait * static_cast<double>(1U << attempt));
  return std::uniform_real_distribution<double>(0, most)(random_);
}

S3Result S3Client::Do(const S3Call& call) {
  for (int attempt = 0;; ++attempt) {
    S3Result result = Once(call);
    if (!result.error) return result;
    const bool taken = call.take && result.answer.status == 0;
    const bool again = attempt + 1 < kAttempts && !taken && Passes(result.error->problem);
    const auto wait = again ? WaitBefore(attempt, *result.error) : std::nullopt;
    if (!wait) {
      result.error = result.error->In(Cat(call.method, " ", Printable(address_.Path(call.key))));
      return result;
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(*wait));
  }
}

}  // namespace kdumpd
