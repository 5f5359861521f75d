# hlsc_cosim(NAME accept KERNELS a.cpp b.cpp ... [INCLUDES dir...] [TARGET_LEVELS 6])
#
# Compiles every kernel with hlsc (module name = file name), Verilates all of them as one top and
# makes the object library NAME_cosim, which defines hlsc_cosim::make_model(): link it with
# hlsc_cosim_driver and call hlsc_cosim::run().
set(HLSC_COSIM_DIR ${CMAKE_CURRENT_LIST_DIR} CACHE INTERNAL "")

set(HLSC_NATIVE_SANITIZE -fsanitize=undefined,address -fno-sanitize-recover=all)

# Verilator's run-time library, once.
add_library(hlsc_verilated STATIC ${HLSC_VERILATOR_ROOT}/include/verilated.cpp
                                  ${HLSC_VERILATOR_ROOT}/include/verilated_threads.cpp)
target_include_directories(hlsc_verilated SYSTEM PRIVATE ${HLSC_VERILATOR_ROOT}/include
                                                         ${HLSC_VERILATOR_ROOT}/include/vltstd)
target_link_libraries(hlsc_verilated PUBLIC Threads::Threads)

function(hlsc_cosim)
  cmake_parse_arguments(ARG "" "NAME;TARGET_LEVELS" "KERNELS;INCLUDES" ${ARGN})
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME})
  file(MAKE_DIRECTORY ${dir})
  set(sources "")
  set(pairs "")
  set(reports "")
  set(natives "")
  foreach(kernel ${ARG_KERNELS})
    get_filename_component(path ${kernel} ABSOLUTE)
    get_filename_component(module ${kernel} NAME_WE)
    hlsc_module(NAME ${module} SOURCE ${path} INCLUDES ${ARG_INCLUDES} OUTPUT_DIR ${dir}
                TARGET_LEVELS ${ARG_TARGET_LEVELS})
    list(APPEND sources ${dir}/${module}_pkg.sv ${dir}/${module}.sv)
    list(APPEND reports ${dir}/${module}_report.json)
    list(APPEND pairs ${dir}/${module}_report.json=${path})
    list(APPEND natives ${dir}/${module}_native.cpp)
  endforeach()
  set(top ${ARG_NAME}_top)
  add_custom_command(
    OUTPUT ${dir}/${top}.sv ${dir}/${top}_bindings.cpp ${natives}
    COMMAND ${Python3_EXECUTABLE} ${HLSC_COSIM_DIR}/make_cosim.py --out ${dir} --top ${top} ${pairs}
    DEPENDS ${HLSC_COSIM_DIR}/make_cosim.py ${reports}
    COMMENT "cosim ${ARG_NAME}" VERBATIM)
  set(obj ${dir}/obj)
  add_custom_command(
    OUTPUT ${obj}/V${top}__ALL.a ${obj}/V${top}.h
    COMMAND ${HLSC_VERILATOR} --cc --assert -O3 --x-assign fast --x-initial fast -CFLAGS -O1
            --Mdir ${obj} --top-module ${top} --build -j 1 ${HLSC_MUL_SOURCE} ${sources}
            ${dir}/${top}.sv > ${dir}/verilator.log
    DEPENDS ${sources} ${dir}/${top}.sv ${HLSC_MUL_SOURCE}
    COMMENT "verilator ${ARG_NAME}" VERBATIM)
  add_library(${ARG_NAME}_cosim STATIC ${natives} ${dir}/${top}_bindings.cpp ${obj}/V${top}.h)
  target_include_directories(${ARG_NAME}_cosim PRIVATE ${HLSC_COSIM_DIR} ${HLSC_INCLUDE_DIR}
                                                       ${ARG_INCLUDES})
  target_include_directories(${ARG_NAME}_cosim SYSTEM PRIVATE ${obj} ${HLSC_VERILATOR_ROOT}/include)
  target_link_libraries(${ARG_NAME}_cosim PUBLIC ${obj}/V${top}__ALL.a hlsc_verilated)
  # A kernel with undefined behaviour has no right result to compare with.
  set_source_files_properties(${natives} PROPERTIES COMPILE_OPTIONS "${HLSC_NATIVE_SANITIZE}")
  target_link_options(${ARG_NAME}_cosim PUBLIC ${HLSC_NATIVE_SANITIZE})
endfunction()
