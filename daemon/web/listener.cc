// SPDX-License-Identifier: Apache-2.0
#include "daemon/web/listener.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <list>
#include <string_view>
#include <utility>

#include "daemon/core/text.h"
#include "daemon/core/unique_fd.h"
#include "daemon/web/answer.h"
#include "daemon/web/listen_socket.h"

namespace kdumpd {
namespace {

using Clock = std::chrono::steady_clock;

// Enough for every renderer; small, so that transparent huge pages cannot turn the stack into 2
// MiB.
constexpr std::size_t kStackBytes = 256UL * 1024;

// libmicrohttpd's own timeout starts anew with every byte that arrives. This is the whole time for
// one request, the answer included.
struct Connection {
  int fd = -1;
  Clock::time_point deadline;
  bool over = false;
};

struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }
};
using Daemon = std::unique_ptr<MHD_Daemon, StopDaemon>;

class MicrohttpdListener final : public Listener {
 public:
  MicrohttpdListener(std::vector<Route> routes, const ListenerLimits& limits)
      : routes_(std::move(routes)),
        limits_(limits),
        stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~MicrohttpdListener() override;
  MicrohttpdListener(const MicrohttpdListener&) = delete;
  MicrohttpdListener& operator=(const MicrohttpdListener&) = delete;

  Result<void> Bind(const std::string& text);
  Result<void> StartThread();
  [[nodiscard]] std::vector<std::string> Addresses() const override { return bound_; }

 private:
  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char* version, const char* body,
                              size_t* body_bytes, void** request);
  static void OnConnection(void* self, MHD_Connection* connection, void** context,
                           MHD_ConnectionNotificationCode code);
  static void OnCompleted(void* self, MHD_Connection* connection, void** request,
                          MHD_RequestTerminationCode code);
  void Loop();
  [[nodiscard]] int PollTimeout() const;
  void CloseOverdue();

  const std::vector<Route> routes_;
  const ListenerLimits limits_;
  const UniqueFd stop_;
  std::list<Connection> connections_;  // the thread's own
  std::vector<Daemon> daemons_;        // the thread's own once it runs
  std::vector<std::string> bound_;
  // A connection has ended: a daemon at its limit accepts again only in its next run.
  bool again_ = false;
  pthread_t thread_{};
  bool running_ = false;
};

MicrohttpdListener::~MicrohttpdListener() {
  if (running_) {
    ::eventfd_write(stop_.get(), 1);
    ::pthread_join(thread_, nullptr);
  }
  daemons_.clear();  // they call back into this object
}

Result<void> MicrohttpdListener::Bind(const std::string& text) {
  const auto address = ParseSocketAddress(text);
  if (!address) return std::unexpected(address.error());
  auto fd = Listen(*address);
  if (!fd) return std::unexpected(fd.error());
  bound_.push_back(BoundAddress(fd->get()));
  // libmicrohttpd owns the socket from here on, also when it fails to start.
  const auto take_url_as_it_is = [](void*, MHD_Connection*, char* url) -> size_t {
    return std::string_view(url).size();
  };
  Daemon daemon(MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_IPv6, 0, nullptr, nullptr, &OnRequest,
                                 this,                                                       //
                                 MHD_OPTION_LISTEN_SOCKET, fd->Release(),                    //
                                 MHD_OPTION_CONNECTION_LIMIT, limits_.connections,           //
                                 MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits_.per_peer,       //
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits_.memory,         //
                                 MHD_OPTION_CONNECTION_TIMEOUT, 0U,                          //
                                 MHD_OPTION_STRICT_FOR_CLIENT, 1,                            //
                                 MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,                       //
                                 MHD_OPTION_UNESCAPE_CALLBACK, +take_url_as_it_is, nullptr,  //
                                 MHD_OPTION_NOTIFY_CONNECTION, &OnConnection, this,          //
                                 MHD_OPTION_NOTIFY_COMPLETED, &OnCompleted, this,            //
                                 MHD_OPTION_END));
  if (!daemon) return Fail(ErrorCode::kIo, Cat("listening on ", text, ": no HTTP server started"));
  daemons_.push_back(std::move(daemon));
  return {};
}

Result<void> MicrohttpdListener::StartThread() {
  if (!stop_) return Fail(ErrorCode::kIo, "HTTP listener: no eventfd");
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  // Signals belong to the loop on the main thread; SIGPIPE is an error code here.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto entry = [](void* self) -> void* {
    static_cast<MicrohttpdListener*>(self)->Loop();
    return nullptr;
  };
  running_ = ::pthread_create(&thread_, &attributes, entry, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (!running_) return Fail(ErrorCode::kIo, "HTTP listener: no thread");
  ::pthread_setname_np(thread_, "kdumpd-web");
  return {};
}

void MicrohttpdListener::Loop() {
  std::vector<pollfd> fds{{stop_.get(), POLLIN, 0}};
  for (const Daemon& daemon : daemons_) {
    fds.push_back(
        {MHD_get_daemon_info(daemon.get(), MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, POLLIN, 0});
  }
  for (;;) {
    if (::poll(fds.data(), fds.size(), PollTimeout()) < 0 && errno != EINTR) return;
    if (fds[0].revents != 0) return;
    CloseOverdue();
    again_ = false;
    for (const Daemon& daemon : daemons_) MHD_run(daemon.get());
  }
}

// Milliseconds to the next thing to do; -1 when only a client can wake us.
int MicrohttpdListener::PollTimeout() const {
  if (again_) return 0;
  std::int64_t timeout = -1;
  const auto sooner = [&](std::int64_t ms) { timeout = timeout < 0 ? ms : std::min(timeout, ms); };
  for (const Daemon& daemon : daemons_) {
    MHD_UNSIGNED_LONG_LONG ms = 0;
    if (MHD_get_timeout(daemon.get(), &ms) == MHD_YES) sooner(static_cast<std::int64_t>(ms));
  }
  const auto now = Clock::now();
  for (const Connection& connection : connections_) {
    if (connection.over) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(connection.deadline - now);
    sooner(std::max<std::int64_t>(left.count(), 0));
  }
  return static_cast<int>(timeout);
}

void MicrohttpdListener::CloseOverdue() {
  const auto now = Clock::now();
  for (Connection& connection : connections_) {
    if (connection.over || connection.deadline > now) continue;
    connection.over = true;
    ::shutdown(connection.fd, SHUT_RDWR);  // the daemon sees the end and closes it
  }
}

void MicrohttpdListener::OnConnection(void* self, MHD_Connection* connection, void** context,
                                      MHD_ConnectionNotificationCode code) {
  auto& listener = *static_cast<MicrohttpdListener*>(self);
  auto& open = listener.connections_;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    open.remove_if([&](const Connection& one) { return &one == *context; });
    listener.again_ = true;
    return;
  }
  const int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  open.push_back({.fd = fd, .deadline = Clock::now() + listener.limits_.request});
  *context = &open.back();
}

void MicrohttpdListener::OnCompleted(void* self, MHD_Connection* connection, void**,
                                     MHD_RequestTerminationCode) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  if (info == nullptr || info->socket_context == nullptr) return;
  auto* open = static_cast<Connection*>(info->socket_context);
  open->deadline = Clock::now() + static_cast<MicrohttpdListener*>(self)->limits_.request;
}

MHD_Result Send(MHD_Connection* connection, const HttpResponse& answer) {
  // Copied: libmicrohttpd never writes to it when told so.
  auto* bytes = const_cast<char*>(answer.body.data());
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), bytes, MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, "Content-Type", answer.content_type.c_str());
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (answer.content_type.starts_with("text/html")) {
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                            "form-action 'none'; frame-ancestors 'none'");
  }
  if (answer.status == 405) MHD_add_response_header(response, "Allow", "GET, HEAD");
  const auto result =
      MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return result;
}

MHD_Result MicrohttpdListener::OnRequest(void* self, MHD_Connection* connection, const char* url,
                                         const char* method, const char*, const char*,
                                         size_t* body_bytes, void** request) {
  // The first call comes after the headers, one for each piece of a body follows (dropped), and a
  // last one with none, which is answered.
  const bool first = *request == nullptr;
  *request = self;
  if (first) return MHD_YES;
  if (*body_bytes > 0) {
    *body_bytes = 0;
    return MHD_YES;
  }
  const auto* peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const HttpRequest asked{
      .path = url,
      .method = method,
      .host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host"),
      .peer = peer != nullptr ? peer->client_addr : nullptr,
  };
  return Send(connection, Answer(static_cast<MicrohttpdListener*>(self)->routes_, asked));
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::Start(const std::vector<std::string>& addresses,
                                                  std::vector<Route> routes,
                                                  const ListenerLimits& limits) {
  auto listener = std::make_unique<MicrohttpdListener>(std::move(routes), limits);
  for (const std::string& address : addresses) {
    if (auto bound = listener->Bind(address); !bound) return std::unexpected(bound.error());
  }
  if (auto started = listener->StartThread(); !started) return std::unexpected(started.error());
  return listener;
}

}  // namespace kdumpd
