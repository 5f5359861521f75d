#!/usr/bin/python3
"""A machine on which something is missing: the configuring fails and names its package."""

import argparse
import subprocess
import tempfile
import unittest

OPTIONS = argparse.Namespace()

# What is not found there -> what the message must name. An empty path is how a search ends that
# found nothing and is not made again.
MISSING = {
    "-DXRT_INCLUDE_DIR=": ["libxrt-dev", "-DSLUICE_XRT=OFF"],
    "-DXRT_COREUTIL_LIBRARY=": ["libxrt-dev", "-DSLUICE_XRT=OFF"],
    "-DUUID_INCLUDE_DIR=": ["uuid-dev", "-DSLUICE_XRT=OFF"],
    "-DUUID_LIBRARY=": ["uuid-dev", "-DSLUICE_XRT=OFF"],
    "-DSLUICE_MODEL_CXX=": ["clang-19"],
    "-DCMAKE_DISABLE_FIND_PACKAGE_Protobuf=TRUE": ["libprotobuf-dev", "-DSLUICE_XRT=OFF"],
    "-DProtobuf_PROTOC_EXECUTABLE=": ["protobuf-compiler", "-DSLUICE_XRT=OFF"],
    "-DCMAKE_DISABLE_FIND_PACKAGE_OpenCL=TRUE": ["ocl-icd-opencl-dev", "-DSLUICE_XRT=OFF"],
}


class Missing(unittest.TestCase):
    def test_the_message_names_the_package(self):
        with tempfile.TemporaryDirectory(prefix="sluice-configure-") as folder:
            before = []  # forget what the last one could not find
            for option, words in MISSING.items():
                with self.subTest(option=option):
                    result = subprocess.run(
                        ["cmake", "-S", OPTIONS.source, "-B", folder, "-G", "Ninja", *before, option],
                        capture_output=True, text=True, check=False)
                    before = ["-U" + option[2:].partition("=")[0]]
                    self.assertNotEqual(result.returncode, 0, "it configured")
                    for word in words:
                        self.assertIn(word, result.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True)
    OPTIONS = parser.parse_args()
    unittest.main(argv=["missing_test.py"])
