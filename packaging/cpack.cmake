# SPDX-License-Identifier: Apache-2.0
# One Debian package of the program, the unit, the rules and the documents. Its dependencies are what
# dpkg-shlibdeps finds the program to link.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kdumpd)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_CONTACT "kdumpd maintainers <maintainers@users.noreply.github.com>")
# The unit names /usr/bin/kdumpd, whatever the prefix of this build.
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Whom the certificate of a store may be from.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS kdump-tools)
# dpkg alone enables no unit: these are what debhelper would write.
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/debian/postinst ${CMAKE_CURRENT_LIST_DIR}/debian/prerm
  ${CMAKE_CURRENT_LIST_DIR}/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
