# The Verilator run-time, and models of SystemVerilog tops as libraries.
find_program(VERILATOR verilator REQUIRED)
find_program(MAKE_PROGRAM make REQUIRED)
execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE verilator_root
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
# Models compile in half the time with clang, and run half as fast again. Another compiler is named
# with -DSLUICE_MODEL_CXX.
find_program(SLUICE_MODEL_CXX NAMES clang++-19)
sluice_need(SLUICE_MODEL_CXX clang-19 "clang++-19, which compiles the Verilated models")
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)

if(NOT TARGET verilated_runtime)
  set(verilator_include ${verilator_root}/include)
  add_library(verilated_runtime STATIC ${verilator_include}/verilated.cpp
              ${verilator_include}/verilated_fst_c.cpp ${verilator_include}/verilated_threads.cpp)
  # Third-party code: none of our warnings.
  target_compile_options(verilated_runtime PRIVATE -w -O2)
  target_compile_definitions(verilated_runtime PUBLIC VM_TRACE=1 VM_TRACE_FST=1 VM_COVERAGE=0
                                                      VM_SC=0 VM_TRACE_VCD=0)
  target_include_directories(verilated_runtime SYSTEM PUBLIC ${verilator_include}
                                                             ${verilator_include}/vltstd)
  target_link_libraries(verilated_runtime PUBLIC ZLIB::ZLIB Threads::Threads)
endif()

# sluice_verilate(<target> TOP <module> SOURCES <file>... [FLAGS <verilator flag>...]
#                 [OPTIMIZE <level>] [DEPENDS <file or target>...])
# Makes library <target> with class V<module> (in SYSTEM include V<module>.h): assertions on, FST
# tracing compiled in. SOURCES are in elaboration order, packages first.
function(sluice_verilate target)
  cmake_parse_arguments(arg "" "TOP;OPTIMIZE" "SOURCES;FLAGS;DEPENDS" ${ARGN})
  if(NOT arg_OPTIMIZE)
    set(arg_OPTIMIZE -O2)
  endif()
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${target}.verilated)
  set(archive ${dir}/V${arg_TOP}__ALL.a)
  set(header ${dir}/V${arg_TOP}.h)
  string(REPLACE ";" " " launcher "${CMAKE_CXX_COMPILER_LAUNCHER}")
  add_custom_command(
    OUTPUT ${archive} ${header}
    COMMAND
      ${VERILATOR} --cc --assert --trace-fst -O3 --x-assign fast --x-initial fast --threads 1
      --output-split 30000 --no-timing ${arg_FLAGS} --Mdir ${dir} --top-module ${arg_TOP}
      ${arg_SOURCES}
    COMMAND
      ${CMAKE_COMMAND} -E env --unset=MAKEFLAGS ${MAKE_PROGRAM} --silent -C ${dir} -j 2
      -f V${arg_TOP}.mk V${arg_TOP}__ALL.a CXX=${SLUICE_MODEL_CXX} "OBJCACHE=${launcher}"
      OPT_FAST=${arg_OPTIMIZE} OPT_SLOW=-O0
    DEPENDS ${arg_SOURCES} ${arg_DEPENDS}
    COMMENT "Verilating ${arg_TOP}"
    VERBATIM)
  add_custom_target(${target}_model DEPENDS ${archive} ${header})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_model)
  target_include_directories(${target} SYSTEM INTERFACE ${dir})
  target_link_libraries(${target} INTERFACE ${archive} verilated_runtime)
endfunction()
