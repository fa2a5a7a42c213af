// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/upload.h"
#include "daemon/ship/pace.h"
#include "daemon/ship/source.h"

namespace kdumpd {

// What is asked of a server, by HTTP or SFTP.
struct Request {
  std::string method = "GET";  // HTTP's; of SFTP "PUT", "GET" and "HEAD" alone
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers{};
  // The body: `bytes` of `source` from `offset`; of none, `text`.
  Source* source = nullptr;
  std::uint64_t offset = 0, bytes = 0;
  std::string text{};
  // Where the body of a good answer (2xx) goes; none: Answer::body, 1 MiB at most. False stops.
  std::function<bool(std::span<const std::byte>)> take{};
  std::optional<std::pair<std::uint64_t, std::uint64_t>> range{};  // first and last byte wanted
  // SFTP: what to do on the server after the upload ("rename ..."), and before anything.
  std::vector<std::string> after{}, before{};
  // SFTP: the server's file has `offset` bytes and goes on with these; else it is made anew.
  bool append = false;
};

struct Answer {
  long status = 0;                                          // HTTP's; of SFTP 0, or 404 to HEAD
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;
  std::optional<std::uint64_t> bytes;  // size of the remote file, where it was said

  [[nodiscard]] std::string_view Header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : found->second;
  }
};

// How this destination is to be trusted, and how it knows us. Files are read at each request.
struct Trust {
  std::string ca_file;          // PEM; "": the system's
  std::string known_hosts;      // SFTP
  std::string host_key_sha256;  // SFTP: base64 without padding, as ssh-keygen -lf prints it
  std::string user, password;   // HTTP Basic; SFTP: the user
  std::string bearer;           // HTTP
  std::string private_key;      // SFTP: file of an ed25519 or ECDSA key without passphrase
};

struct Patience {
  std::chrono::milliseconds connect{10'000};
  std::chrono::seconds stall{60};  // nothing moved for so long: given up
};

// One connection after another to one server, kept open between requests where it can be. Never
// follows a redirect. One thread; blocks.
class Transfer {
 public:
  Transfer(Trust trust, Patience patience, Pace* pace);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  // The answer, whatever its status says; an error when there was none: kUnreachable, kTimeout,
  // kTrust, kCredentials (SFTP), kRefused (SFTP), or of the source. Without secrets.
  Uploaded<Answer> Do(const Request& request);

  // From the next request on: passwords and tokens rotate.
  void Trusting(Trust trust) { trust_ = std::move(trust); }

 private:
  struct Handle;
  Trust trust_;
  Patience patience_;
  Pace* pace_;
  std::unique_ptr<Handle> handle_;
};

// The error that a status is; nothing for 2xx. Reads Retry-After, in seconds or as a date.
[[nodiscard]] std::optional<UploadError> ErrorOf(const Answer& answer, std::int64_t now);

}  // namespace kdumpd
