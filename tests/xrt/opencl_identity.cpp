// opencl_identity IMAGE: what an OpenCL host sees of a Sluice card. Finds the Xilinx platform and
// its accelerator, loads the image, writes device memory and reads it back, and reads the card's
// identity. docs/xrt-emulation.md says which parts are OpenCL and which one is not.
//
// A Sluice card is no OpenCL kernel: packets start it, not a command queue. Its registers are read
// over XRT, through the device handle that the platform gives out (CL_DEVICE_HANDLE).
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <xrt/xrt_device.h>
#if __has_include(<xrt/xrt_ip.h>)
#include <xrt/xrt_ip.h>
#else
#include <experimental/xrt_ip.h>
#endif

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "layout/describe.hpp"

namespace {

using namespace sluice;

constexpr cl_device_info kDeviceHandle = 0x1121;  // CL_DEVICE_HANDLE of Xilinx's extensions

void check(cl_int status, const char* call) {
  if (status == CL_SUCCESS) return;
  throw std::runtime_error(std::string(call) + " failed: " + std::to_string(status));
}

cl_platform_id xilinx_platform() {
  cl_uint count = 0;
  check(clGetPlatformIDs(0, nullptr, &count), "clGetPlatformIDs");
  std::vector<cl_platform_id> platforms(count);
  check(clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs");
  for (cl_platform_id platform : platforms) {
    char name[128] = {};
    check(clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name, name, nullptr),
          "clGetPlatformInfo");
    std::printf("platform: %s\n", name);
    if (std::strcmp(name, "Xilinx") == 0) return platform;
  }
  throw std::runtime_error("no platform of Xilinx");
}

cl_device_id accelerator(cl_platform_id platform) {
  cl_device_id device = nullptr;
  cl_uint count = 0;
  check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ACCELERATOR, 1, &device, &count), "clGetDeviceIDs");
  char name[128] = {};
  check(clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, nullptr), "clGetDeviceInfo");
  std::printf("device: %s (of %u)\n", name, count);
  return device;
}

cl_program load(cl_context context, cl_device_id device, const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<unsigned char> image((std::istreambuf_iterator<char>(file)), {});
  if (!file) throw std::runtime_error(std::string(path) + ": cannot be read");
  // XRT itself does not look before it reads sections.
  constexpr char kMagic[] = "xclbin2";
  if (image.size() < sizeof kMagic || std::memcmp(image.data(), kMagic, sizeof kMagic) != 0) {
    throw std::runtime_error(std::string(path) +
                             ": no xclbin; `sluice image check` says what it is");
  }
  const unsigned char* bytes = image.data();
  const std::size_t size = image.size();
  cl_int status = CL_SUCCESS;
  cl_int error = CL_SUCCESS;
  cl_program program =
      clCreateProgramWithBinary(context, 1, &device, &size, &bytes, &status, &error);
  check(error, "clCreateProgramWithBinary");
  check(status, "the image");
  check(clBuildProgram(program, 1, &device, "", nullptr, nullptr), "clBuildProgram");
  char kernels[256] = {};
  check(clGetProgramInfo(program, CL_PROGRAM_KERNEL_NAMES, sizeof kernels, kernels, nullptr),
        "clGetProgramInfo");
  std::printf("kernels: %s\n", kernels);
  if (std::string(kernels).find("sluice_card") == std::string::npos) {
    throw std::runtime_error("the image has no kernel sluice_card");
  }
  return program;
}

// A buffer of OpenCL goes to the card's memory and comes back.
void exercise_memory(cl_context context, cl_device_id device) {
  std::vector<std::uint32_t> sent(100000);
  std::iota(sent.begin(), sent.end(), 0x5eed);
  std::vector<std::uint32_t> received(sent.size());
  const std::size_t size = sent.size() * sizeof sent[0];
  cl_int error = CL_SUCCESS;
  cl_command_queue queue = clCreateCommandQueue(context, device, 0, &error);
  check(error, "clCreateCommandQueue");
  cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, size, nullptr, &error);
  check(error, "clCreateBuffer");
  check(clEnqueueWriteBuffer(queue, buffer, CL_TRUE, 0, size, sent.data(), 0, nullptr, nullptr),
        "clEnqueueWriteBuffer");
  check(clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, size, received.data(), 0, nullptr, nullptr),
        "clEnqueueReadBuffer");
  clReleaseMemObject(buffer);
  clReleaseCommandQueue(queue);
  if (received != sent) throw std::runtime_error("the card's memory does not hold what was sent");
  std::printf("memory: %zu bytes there and back\n", size);
}

void read_identity(cl_device_id device) {
  xclDeviceHandle handle = nullptr;
  check(clGetDeviceInfo(device, kDeviceHandle, sizeof handle, &handle, nullptr),
        "clGetDeviceInfo(CL_DEVICE_HANDLE)");
  const xrt::device card(handle);
  const xrt::ip registers(card, card.get_xclbin_uuid(), "sluice_card");
  const std::uint32_t magic = registers.read_register(layout::kReg_magic);
  const std::uint32_t hash = registers.read_register(layout::kReg_layout_hash);
  std::printf("identity: magic 0x%08x, ABI 0x%08x, build 0x%08x, layouts 0x%08x\n", magic,
              registers.read_register(layout::kReg_abi_version),
              registers.read_register(layout::kReg_build_id), hash);
  if (magic != layout::kMagic) throw std::runtime_error("not a Sluice card");
  if (hash != layout::layout_hash()) throw std::runtime_error("a card of other layouts");
}

void run(const char* image) {
  cl_device_id device = accelerator(xilinx_platform());
  cl_int error = CL_SUCCESS;
  cl_context context = clCreateContext(nullptr, 1, &device, nullptr, nullptr, &error);
  check(error, "clCreateContext");
  cl_program program = load(context, device, image);
  exercise_memory(context, device);
  read_identity(device);
  clReleaseProgram(program);
  clReleaseContext(context);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: opencl_identity IMAGE\n");
    return 2;
  }
  try {
    run(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "opencl_identity: %s\n", error.what());
    return 1;
  }
}
