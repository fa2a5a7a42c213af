// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "daemon/core/text.h"
#include "daemon/ship/curl_problem.h"

namespace kdumpd {
namespace {

constexpr std::size_t kMostBody = 1 << 20;
constexpr std::size_t kMostHeaders = 100;
constexpr long kUploadBuffer = 256L << 10;
// A dump holds what was in memory: what is made on a server is its owner's alone.
constexpr long kNewFile = 0600, kNewDirectory = 0700;

struct List {
  List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() { curl_slist_free_all(items); }
  void Add(const std::string& item) { items = curl_slist_append(items, item.c_str()); }
  curl_slist* items = nullptr;
};

// What one request's callbacks share.
struct Exchange {
  const Request* request = nullptr;
  Pace* pace = nullptr;
  Answer answer{};
  CURL* easy = nullptr;
  std::uint64_t at = 0;  // of the body
  std::optional<UploadError> source_error{};
  bool too_large = false, stopped = false;
};

std::size_t Give(char* to, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const Request& request = *exchange.request;
  std::size_t wanted = std::min<std::uint64_t>(size * count, request.bytes - exchange.at);
  if (wanted == 0) return 0;
  if (exchange.pace != nullptr) wanted = exchange.pace->Take(wanted);
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(to), wanted);
  if (auto read = request.source->Read(request.offset + exchange.at, bytes); !read) {
    exchange.source_error = read.error();
    return CURL_READFUNC_ABORT;
  }
  exchange.at += wanted;
  return wanted;
}

int Rewind(void* user, curl_off_t offset, int origin) {
  auto& exchange = *static_cast<Exchange*>(user);
  const Request& request = *exchange.request;
  // An upload that goes on counts from the beginning of the server's file.
  const std::uint64_t begin = request.append ? request.offset : 0;
  if (origin != SEEK_SET || offset < 0 || static_cast<std::uint64_t>(offset) < begin) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  exchange.at = std::min<std::uint64_t>(static_cast<std::uint64_t>(offset) - begin, request.bytes);
  return CURL_SEEKFUNC_OK;
}

std::size_t Receive(char* from, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::size_t bytes = size * count;
  if (exchange.pace != nullptr) exchange.pace->Came();
  long status = 0;
  curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &status);
  const bool good = status == 0 || (status >= 200 && status < 300);
  if (exchange.request->take && good) {
    if (exchange.request->take(std::as_bytes(std::span(from, bytes)))) return bytes;
    exchange.stopped = true;
    return 0;
  }
  if (exchange.answer.body.size() + bytes > kMostBody) {
    exchange.too_large = true;
    return 0;
  }
  exchange.answer.body.append(from, bytes);
  return bytes;
}

std::size_t TakeHeader(char* from, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line = Trim(std::string_view(from, size * count));
  if (line.starts_with("HTTP/")) exchange.answer.headers.clear();
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || exchange.answer.headers.size() >= kMostHeaders) {
    return size * count;
  }
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  exchange.answer.headers.insert_or_assign(std::move(name),
                                           std::string(Trim(line.substr(colon + 1))));
  return size * count;
}

}  // namespace

struct Transfer::Handle {
  Handle() : easy(curl_easy_init()) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(easy); }
  CURL* easy;
  std::array<char, CURL_ERROR_SIZE> why{};
};

Transfer::Transfer(Trust trust, Patience patience, Pace* pace)
    : trust_(std::move(trust)),
      patience_(patience),
      pace_(pace),
      handle_(std::make_unique<Handle>()) {}
Transfer::~Transfer() = default;

namespace {

void SetTrust(CURL* easy, const Trust& trust, bool ssh) {
  const auto text = [&](CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(easy, option, value.c_str());
  };
  text(CURLOPT_CAINFO, trust.ca_file);
  // Debian's libcurl believes its directory of authorities beside a file; ours is meant alone.
  if (!trust.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  if (!trust.user.empty() && !trust.password.empty() && !ssh) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
  }
  text(CURLOPT_USERNAME, trust.user);
  text(CURLOPT_PASSWORD, trust.password);
  if (!trust.bearer.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    text(CURLOPT_XOAUTH2_BEARER, trust.bearer);
  }
  if (!ssh) return;
  // Never an unverified host: with neither, libcurl would take any.
  text(CURLOPT_SSH_KNOWNHOSTS, trust.known_hosts);
  text(CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, trust.host_key_sha256);
  text(CURLOPT_SSH_PRIVATE_KEYFILE, trust.private_key);
  curl_easy_setopt(easy, CURLOPT_SSH_AUTH_TYPES, CURLSSH_AUTH_PUBLICKEY);
}

void SetPatience(CURL* easy, const Patience& patience) {
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(patience.connect.count()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(patience.stall.count()));
  curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                   static_cast<long>(patience.stall.count()));
}

void SetBody(CURL* easy, const Request& request, bool ssh) {
  const bool body = request.source != nullptr || !request.text.empty();
  if (request.source != nullptr) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    // Written at its offset rather than appended: right even if something was added meanwhile.
    const auto begin = static_cast<curl_off_t>(request.append ? request.offset : 0);
    curl_easy_setopt(easy, CURLOPT_RESUME_FROM_LARGE, begin);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                     begin + static_cast<curl_off_t>(request.bytes));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  } else if (body || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.text.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.text.c_str());
  }
  if (!ssh) curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
}

void SetConnection(CURL* easy, const Request& request, char* why) {
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,sftp");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "kdumpd/" KDUMPD_VERSION);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

void SetSsh(CURL* easy, const List& before, const List& after) {
  curl_easy_setopt(easy, CURLOPT_QUOTE, before.items);
  curl_easy_setopt(easy, CURLOPT_POSTQUOTE, after.items);
  curl_easy_setopt(easy, CURLOPT_FTP_CREATE_MISSING_DIRS, 2L);
  curl_easy_setopt(easy, CURLOPT_NEW_FILE_PERMS, kNewFile);
  curl_easy_setopt(easy, CURLOPT_NEW_DIRECTORY_PERMS, kNewDirectory);
}

void SetCallbacks(CURL* easy, Exchange& exchange) {
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, Give);
  curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, Rewind);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
}

void FillHeaders(List& headers, const Request& request) {
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
    headers.Add(value.empty() ? Cat(name, ";") : Cat(name, ": ", value));
    typed = typed || std::ranges::equal(name, std::string_view("content-type"), {},
                                        [](unsigned char c) { return std::tolower(c); });
  }
  headers.Add("Expect:");                    // no round trip more for a body that may be sent again
  if (!typed) headers.Add("Content-Type:");  // a text is no web form
}

}  // namespace

Uploaded<Answer> Transfer::Do(const Request& request) {
  CURL* easy = handle_->easy;
  if (easy == nullptr) return FailUpload(UploadProblem::kUnreachable, "libcurl has no memory");
  const bool ssh = request.url.starts_with("sftp:");
  if (ssh && trust_.known_hosts.empty() && trust_.host_key_sha256.empty()) {
    return FailUpload(UploadProblem::kConfig, "nothing says which host key is the server's");
  }
  curl_easy_reset(easy);  // keeps connections
  handle_->why.fill('\0');
  Exchange exchange{.request = &request, .pace = pace_, .easy = easy};
  List headers, after, before;
  FillHeaders(headers, request);
  for (const std::string& command : request.after) after.Add(command);
  for (const std::string& command : request.before) before.Add(command);

  SetConnection(easy, request, handle_->why.data());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.items);
  SetTrust(easy, trust_, ssh);
  SetPatience(easy, patience_);
  SetBody(easy, request, ssh);
  if (ssh) SetSsh(easy, before, after);
  std::string range;
  if (request.range) {
    range = Cat(request.range->first, "-", request.range->second);
    curl_easy_setopt(easy, CURLOPT_RANGE, range.c_str());
  }
  SetCallbacks(easy, exchange);

  const CURLcode code = curl_easy_perform(easy);
  if (exchange.source_error) return std::unexpected(*exchange.source_error);
  if (exchange.too_large) {
    return FailUpload(UploadProblem::kServer,
                      Cat("the answer has more than ", kMostBody, " bytes"));
  }
  // Asked for its size alone, opening it is all that can have failed.
  const bool missing = ssh && code == CURLE_REMOTE_FILE_NOT_FOUND && request.method == "HEAD";
  if (code != CURLE_OK && !exchange.stopped && !missing) {
    const std::string why =
        handle_->why.front() != '\0' ? handle_->why.data() : curl_easy_strerror(code);
    return FailUpload(ProblemOf(code, why), Printable(why));
  }
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &exchange.answer.status);
  if (ssh) exchange.answer.status = missing ? 404 : 0;
  curl_off_t length = -1;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  if (length >= 0) exchange.answer.bytes = static_cast<std::uint64_t>(length);
  return std::move(exchange.answer);
}

}  // namespace kdumpd
