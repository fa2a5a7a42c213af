// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/curl_problem.h"

namespace kdumpd {
namespace {

// libcurl's one code for a connection that broke and for a file that the server refuses to open.
bool RefusedBySsh(std::string_view why) {
  return why.starts_with("Upload failed") || why.starts_with("Could not open") ||
         why.starts_with("Creating the dir/file failed");
}

}  // namespace

UploadProblem ProblemOf(CURLcode code, std::string_view why) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return UploadProblem::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return UploadProblem::kTrust;
    case CURLE_LOGIN_DENIED:
    case CURLE_SSL_CERTPROBLEM:
      return UploadProblem::kCredentials;
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_REMOTE_DISK_FULL:
    case CURLE_QUOTE_ERROR:
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_UPLOAD_FAILED:
      return UploadProblem::kRefused;
    case CURLE_SSH:
      return RefusedBySsh(why) ? UploadProblem::kRefused : UploadProblem::kUnreachable;
    case CURLE_UNSUPPORTED_PROTOCOL:  // also when what answers speaks none
      return why.starts_with("Received HTTP") ? UploadProblem::kServer : UploadProblem::kConfig;
    case CURLE_URL_MALFORMAT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_UNKNOWN_OPTION:
      return UploadProblem::kConfig;
    default:
      return UploadProblem::kUnreachable;
  }
}

}  // namespace kdumpd
