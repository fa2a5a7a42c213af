// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/place.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "daemon/core/text.h"
#include "daemon/ship/url_encode.h"

namespace kdumpd {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string PartOf(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

bool HasControl(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 32 || c == 127; });
}

bool IsDots(std::string_view part) { return part == "." || part == ".."; }

std::unexpected<UploadError> Unfit(std::string_view why) {
  return FailUpload(UploadProblem::kConfig, Cat("the URL of the destination ", why));
}

}  // namespace

Uploaded<Place> PlaceOf(std::string_view text) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), CURLU_PATH_AS_IS) !=
      CURLUE_OK) {
    return Unfit("cannot be understood");
  }
  if (!PartOf(url.get(), CURLUPART_PASSWORD).empty()) return Unfit("has a password");
  if (!PartOf(url.get(), CURLUPART_QUERY).empty() ||
      !PartOf(url.get(), CURLUPART_FRAGMENT).empty()) {
    return Unfit("has a query or a fragment");
  }
  Place place{.scheme = PartOf(url.get(), CURLUPART_SCHEME),
              .user = PartOf(url.get(), CURLUPART_USER, CURLU_URLDECODE),
              .host = PartOf(url.get(), CURLUPART_HOST),
              .port = PartOf(url.get(), CURLUPART_PORT),
              .path = PartOf(url.get(), CURLUPART_PATH, CURLU_URLDECODE)};
  if (place.path.empty() || HasControl(place.path) || HasControl(place.user)) {
    return Unfit("has control characters");
  }
  if (std::ranges::any_of(Split(place.path, '/'), IsDots)) return Unfit("has dots in its path");
  while (place.path.ends_with('/')) place.path.pop_back();
  return place;
}

std::string Place::Origin() const {
  return Cat(scheme, "://", host, port.empty() ? "" : ":", port);
}

std::string Place::Url(std::string_view name) const {
  return Cat(Origin(), EncodePath(path), "/", EncodePath(name));
}

bool Place::Loopback() const {
  // A name like 127.evil.example is none: four numbers.
  const bool numbers =
      std::ranges::all_of(host, [](unsigned char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return host == "localhost" || host == "[::1]" || (numbers && host.starts_with("127."));
}

Uploaded<void> CheckObjectName(std::string_view name) {
  const auto unfit = [](std::string_view part) { return part.empty() || IsDots(part); };
  if (HasControl(name) || std::ranges::any_of(Split(name, '/'), unfit)) {
    return FailUpload(UploadProblem::kConfig,
                      Cat("'", Printable(name), "' cannot be the name of an object"));
  }
  return {};
}

}  // namespace kdumpd
